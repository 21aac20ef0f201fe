namespace Blockwire.Simulation.Tests;

/// <summary>What the simulated initiator offers, and how it behaves where the RFC leaves it the choice.</summary>
internal sealed record ScriptedTerms
{
    public int ErrorRecoveryLevel { get; init; }

    public int Connections { get; init; } = 1;

    public int MaxConnections { get; init; } = 1;

    public bool HeaderDigest { get; init; }

    public bool DataDigest { get; init; }

    public bool InitialR2T { get; init; }

    public bool ImmediateData { get; init; }

    public int MaxRecvDataSegmentLength { get; init; } = 1024;

    public int MaxBurstLength { get; init; } = 2048;

    public int FirstBurstLength { get; init; } = 1024;

    public int MaxOutstandingR2T { get; init; } = 1;

    public int Time2Wait { get; init; } = 2;

    public int Time2Retain { get; init; } = 20;

    public bool DataPduInOrder { get; init; } = true;

    public bool DataSequenceInOrder { get; init; } = true;

    public string TaskReporting { get; init; } = "ResponseFence";

    public uint FirstCmdSN { get; init; }

    /// <summary>Commands at once.</summary>
    public int Depth { get; init; } = 8;

    /// <summary>How long a request may go without an acknowledgement before it is sent again.</summary>
    public int RetryMilliseconds { get; init; } = 5_000;

    /// <summary>Of 100 lost connections, how many are looked after only seconds later, perhaps too late.</summary>
    public int LatePercent { get; init; } = 10;

    public int ImmediateCommandPercent { get; init; }

    public int InlinePercent { get; init; }

    /// <summary>Of 100 reads, how many may be run again for their data.</summary>
    public int RereadPercent { get; init; } = 100;

    public int MostBlocks { get; init; } = 32;

    /// <summary>Of 100 recoveries of a connection while others live, how many are a login with its CID instead of a logout.</summary>
    public int ReinstatePercent { get; init; } = 40;

    /// <summary>Of 100 logouts of a lost connection at level 2, how many give its tasks up.</summary>
    public int GiveUpPercent { get; init; }
}
