"""The public face: warnings whose 公开程度 is public, for everybody, without a login; and the printed notice."""
