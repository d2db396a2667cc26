"""Access to the desk: who is at the door, what they may do, the pages by which they enter and look after their keys."""
