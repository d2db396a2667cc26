"""What a reply is composed from and what its templates see. `intake.compose` puts it into words; nothing here knows jinja2."""
