"""Contacts in and out as sheets: reading files, what columns mean, what would change, writing workbooks."""
