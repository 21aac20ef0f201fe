using Blockwire.Protocol.Initiator;

namespace Blockwire.Simulation.Tests;

/// <summary>A command of the caller, with its buffer and what was promised about it.</summary>
internal sealed class SimCommand(PairWorld world, Attempt attempt) : InitiatorTask
{
    public Attempt Attempt { get; } = attempt;

    public DiskOperation Operation => Attempt.Operation;

    /// <summary>The bytes that come or go. Spoilt when the core says that it is done with them.</summary>
    public byte[] Buffer { get; } = new byte[attempt.Operation.Bytes];

    public int Ends { get; set; }

    public bool IsReleased { get; private set; }

    /// <summary>The caller did not want it any more.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>One of the reads at the end of a run, which have to succeed.</summary>
    public bool IsLast { get; init; }

    public override string ToString() => $"{Attempt} (may {(MayRepeat ? "" : "not ")}run twice)";

    protected override void OnReleased()
    {
        BrokenRuleException.Unless(Ends == 1 && !IsReleased, $"buffers come back once, after the end: {this}");
        IsReleased = true;
        Buffer.AsSpan().Fill(0xEE);
        world.OnReleased(this);
    }
}
