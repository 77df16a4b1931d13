"""What the nine tools share: how a visit is begun, watched, made safe and accounted for."""
