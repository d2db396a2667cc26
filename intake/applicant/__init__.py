"""What applicants see of the desk: the personal page and the public form. No account; nothing of the desk is in reach.

`app.make_app` makes the pages, `front.Front` puts them beside the desk.
"""
