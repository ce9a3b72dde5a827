"""Plain Python: profiles of CRM exports, made-up addresses, quarters between two dates."""
