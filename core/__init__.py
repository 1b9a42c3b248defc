"""The linear-light core of platekey. A host may import only `core.protocol` and `core.errors`."""
