"""The words on the wire: pydantic types, the only description of what goes in and what comes out."""
