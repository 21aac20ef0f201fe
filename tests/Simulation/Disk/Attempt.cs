namespace Blockwire.Simulation.Tests;

/// <summary>
/// One command of the initiator, as the initiator and the disk both know it. An operation of the caller may need several: the disk never works for one of which the
/// initiator has been told that it is over.
/// </summary>
internal sealed class Attempt(uint id, DiskOperation operation)
{
    public uint Id { get; } = id;

    public DiskOperation Operation { get; } = operation;

    /// <summary>Whether the initiator has been told that it is over, and how.</summary>
    public string? OverWhy { get; private set; }

    public bool IsOver => OverWhy is not null;

    /// <summary>How often the device server was asked to run it.</summary>
    public int Deliveries { get; set; }

    /// <summary>Blocks that were written for it.</summary>
    public int BlocksWritten { get; set; }

    public void End(string why)
    {
        BrokenRuleException.Unless(!IsOver, $"a task ends once: {this} was over ({OverWhy}) and is over again ({why})");
        OverWhy = why;
    }

    public override string ToString() => $"attempt {Id} of {Operation}";
}
