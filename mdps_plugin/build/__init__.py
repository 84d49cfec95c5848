"""Room: one build decided and recorded: order, evidence, verdict, permit, states, release. Pure."""
