using Blockwire.Protocol.Session;

namespace Blockwire.Simulation.Tests;

/// <summary>What every run has: a clock, chance, a trace and a census, all of one seed.</summary>
internal abstract class SimWorld
{
    protected SimWorld(ulong seed, int traced)
    {
        Random = new SimRandom(seed);
        Trace = new Trace(Timeline, traced);
    }

    public Timeline Timeline { get; } = new();

    public SimRandom Random { get; }

    public Trace Trace { get; }

    public Census Census { get; } = new();

    /// <summary>The target has ended a session because it had to (RFC 7143 §7.7).</summary>
    public abstract void OnSessionDropped();

    /// <summary>The target finds that the initiator broke a rule.</summary>
    public virtual void OnDeviation(TargetConnection connection, in Deviation deviation)
    {
        // A scripted initiator breaks some.
    }
}
