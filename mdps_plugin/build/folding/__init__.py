"""How entries of the audit log change what there is, one file a subject. Pure."""
