namespace Blockwire.Simulation.Tests;

/// <summary>
/// One command of the initiator, as the initiator and the disk both know it. An operation of the caller may need several: the disk never works for one of which the
/// initiator has been told that it is over.
/// </summary>
/// <param name="id">Its number, which is in the CDB.</param>
/// <param name="operation">What it is for.</param>
/// <param name="mayRepeat">It may be delivered again, once nothing is at work for the time before.</param>
internal sealed class Attempt(uint id, DiskOperation operation, bool mayRepeat = false)
{
    public uint Id { get; } = id;

    public DiskOperation Operation { get; } = operation;

    /// <summary>Whether the initiator has been told that it is over, and how.</summary>
    public string? OverWhy { get; private set; }

    public bool IsOver => OverWhy is not null;

    /// <summary>How often the device server was asked to run it.</summary>
    public int Deliveries { get; private set; }

    /// <summary>Blocks that were written for it since it was delivered last.</summary>
    public int BlocksWritten { get; set; }

    /// <summary>
    /// The initiator gave it up without knowing what becomes of it: the latest version that any operation had then. It may still come to the disk, but not behind a
    /// later write of the same blocks that was acknowledged.
    /// </summary>
    public ulong? LeftBefore { get; private set; }

    public void Deliver()
    {
        Deliveries++;
        BlocksWritten = 0;
        BrokenRuleException.Unless(Deliveries == 1 || mayRepeat, $"a command is delivered once (RFC 7143 §4.2.2.1): {this}");
        BrokenRuleException.Unless(!IsOver, $"{this} is delivered, but over for the initiator: {OverWhy}");
    }

    public void Leave(ulong latestVersion) => LeftBefore = latestVersion;

    public void End(string why)
    {
        BrokenRuleException.Unless(!IsOver, $"a task ends once: {this} was over ({OverWhy}) and is over again ({why})");
        OverWhy = why;
    }

    public override string ToString() => $"attempt {Id} of {Operation}";
}
