"""Law as data: dated rules with citations, and a pure engine over them. Facts come in, findings go out."""
