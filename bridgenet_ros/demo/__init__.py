"""The embedded demonstration: a rendered RGB-D sequence through the real node, and its report."""
