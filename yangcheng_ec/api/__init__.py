"""What every API endpoint shares: tokens, pages, errors, base views."""
