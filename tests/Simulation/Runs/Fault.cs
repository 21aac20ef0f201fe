namespace Blockwire.Simulation.Tests;

/// <summary>What can go wrong, and what either side may do of its own accord.</summary>
internal enum FaultKind
{
    /// <summary>A link is cut and both ends hear of it soon.</summary>
    Cut,

    /// <summary>A link is cut and one end hears of it late.</summary>
    CutUnheard,

    /// <summary>Every link is cut.</summary>
    CutAll,

    /// <summary>Nothing moves on a link for a while.</summary>
    Stall,

    /// <summary>The payload of a PDU is spoilt.</summary>
    SpoilPayload,

    /// <summary>The header of a PDU is spoilt.</summary>
    SpoilHeader,

    /// <summary>The disk is slow for a while.</summary>
    SlowDisk,

    /// <summary>The server is short of memory for a while.</summary>
    TightMemory,

    /// <summary>New connections fail for a while.</summary>
    Unreachable,

    /// <summary>The initiator logs one connection out.</summary>
    LogoutConnection,

    /// <summary>The initiator logs the session out.</summary>
    LogoutSession,

    /// <summary>The initiator begins the session anew while the old one lives.</summary>
    ReinstateSession,

    /// <summary>The initiator replaces a connection that lives.</summary>
    ReinstateConnection,

    /// <summary>The target asks for a logout.</summary>
    AskForLogout,

    /// <summary>ABORT TASK.</summary>
    AbortTask,

    /// <summary>ABORT TASK SET.</summary>
    AbortTaskSet,

    /// <summary>LOGICAL UNIT RESET.</summary>
    LogicalUnitReset,

    /// <summary>TARGET WARM RESET.</summary>
    TargetWarmReset,
}

/// <summary>One fault of a run's schedule.</summary>
/// <param name="At">When, from the beginning of the run.</param>
/// <param name="Kind">What.</param>
/// <param name="Which">Which of the links, or which direction.</param>
/// <param name="Lasts">How long, where that means something.</param>
internal readonly record struct Fault(TimeSpan At, FaultKind Kind, int Which, TimeSpan Lasts)
{
    private static readonly FaultKind[] _likely =
    [
        FaultKind.Cut, FaultKind.Cut, FaultKind.Cut, FaultKind.CutUnheard, FaultKind.CutUnheard, FaultKind.CutAll, FaultKind.Stall, FaultKind.Stall,
        FaultKind.SpoilPayload, FaultKind.SpoilPayload, FaultKind.SpoilPayload, FaultKind.SpoilPayload, FaultKind.SpoilPayload, FaultKind.SpoilHeader, FaultKind.SlowDisk, FaultKind.TightMemory,
        FaultKind.Unreachable, FaultKind.LogoutConnection, FaultKind.LogoutConnection, FaultKind.LogoutSession, FaultKind.ReinstateSession, FaultKind.ReinstateConnection,
        FaultKind.AskForLogout, FaultKind.AbortTask, FaultKind.AbortTask, FaultKind.AbortTask, FaultKind.AbortTaskSet, FaultKind.AbortTaskSet, FaultKind.LogicalUnitReset, FaultKind.LogicalUnitReset, FaultKind.TargetWarmReset,
    ];

    public static IReadOnlyList<Fault> Plan(Scenario scenario)
    {
        SimRandom random = new SimRandom(scenario.Seed).Fork(2);
        List<Fault> plan = [];
        int count = (int)(scenario.FaultsPerMinute * scenario.Busy.TotalMinutes);
        for (int i = 0; i < count; i++)
        {
            TimeSpan lasts = random.Chance(80) ? random.Milliseconds(50, 3_000) : random.Milliseconds(3_000, 40_000);
            plan.Add(new Fault(random.Between(TimeSpan.Zero, scenario.Busy), random.Pick((IReadOnlyList<FaultKind>)_likely), random.Next(1000), lasts));
        }

        return [.. plan.OrderBy(static fault => fault.At)];
    }

    public override string ToString() => $"{At.TotalSeconds,9:F3} s  {Kind} {Which} for {Lasts.TotalSeconds:F2} s";
}
