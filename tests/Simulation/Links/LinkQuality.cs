namespace Blockwire.Simulation.Tests;

/// <summary>How slow a link is, and how often a PDU arrives in pieces.</summary>
internal sealed record LinkQuality(TimeSpan LeastDelay, TimeSpan MostDelay, int SplitPercent);
