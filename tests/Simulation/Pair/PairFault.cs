using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>What can go wrong between the two cores, and what either side or the caller may do of its own accord.</summary>
internal enum PairFaultKind
{
    /// <summary>A link is cut and both ends hear of it soon.</summary>
    Cut,

    /// <summary>A link is cut and one end hears of it late, or never by itself.</summary>
    CutUnheard,

    /// <summary>Every link is cut.</summary>
    CutAll,

    /// <summary>A link is cut at the moment in which a certain PDU goes over it, which is lost: a second error, in the midst of a login or a recovery.</summary>
    CutAt,

    /// <summary>Nothing moves on a link for a while, in one direction or both.</summary>
    Stall,

    /// <summary>The payload of a PDU is spoilt.</summary>
    SpoilPayload,

    /// <summary>The header of a PDU is spoilt.</summary>
    SpoilHeader,

    /// <summary>The disk is slow for a while.</summary>
    SlowDisk,

    /// <summary>The server is short of memory for a while.</summary>
    TightMemory,

    /// <summary>New connections are refused for a while.</summary>
    Refused,

    /// <summary>New connections are neither refused nor made for a while.</summary>
    Unreachable,

    /// <summary>The target begins anew: its sessions are gone.</summary>
    Restart,

    /// <summary>The target closes a connection of its own accord, and says so on the others (Asynchronous Message, event 2).</summary>
    DropConnection,

    /// <summary>The target ends the session and says so (event 3).</summary>
    DropSession,

    /// <summary>The target asks for a logout (event 1).</summary>
    AskForLogout,

    /// <summary>The target asks for a negotiation (event 4).</summary>
    AskForNegotiation,

    /// <summary>The caller cancels commands.</summary>
    Cancel,

    /// <summary>The caller ends one task by a function of its own: ABORT TASK.</summary>
    AbortTask,

    /// <summary>The caller ends many: ABORT TASK SET, CLEAR TASK SET, LOGICAL UNIT RESET, TARGET WARM RESET.</summary>
    EndTasks,

    /// <summary>The caller takes one connection out of the session.</summary>
    CloseConnection,

    /// <summary>The caller closes the session, and opens another.</summary>
    CloseSession,

    /// <summary>The caller ends the session without a word, and opens another.</summary>
    Abandon,

    /// <summary>The caller does not want to wait for the next attempt.</summary>
    RenewNow,
}

/// <summary>One fault of a run's schedule.</summary>
/// <param name="At">When, from the beginning of the run.</param>
/// <param name="Kind">What.</param>
/// <param name="Which">Which of the links, or which direction.</param>
/// <param name="Lasts">How long, where that means something.</param>
internal readonly record struct PairFault(TimeSpan At, PairFaultKind Kind, int Which, TimeSpan Lasts)
{
    private static readonly PairFaultKind[] _noise = [PairFaultKind.SpoilPayload, PairFaultKind.SpoilPayload, PairFaultKind.SpoilPayload, PairFaultKind.SlowDisk, PairFaultKind.AskForNegotiation];

    private static readonly PairFaultKind[] _onePath =
    [
        PairFaultKind.Cut, PairFaultKind.Cut, PairFaultKind.CutUnheard, PairFaultKind.CutAt, PairFaultKind.Stall, PairFaultKind.SpoilPayload, PairFaultKind.SpoilHeader, PairFaultKind.SlowDisk,
        PairFaultKind.DropConnection, PairFaultKind.AskForNegotiation,
    ];

    /// <summary>PDUs at which a link may be cut.</summary>
    public static IReadOnlyList<Opcode> CutPoints { get; } =
    [
        Opcode.LoginRequest, Opcode.LoginResponse, Opcode.LogoutRequest, Opcode.LogoutResponse, Opcode.LogoutResponse, Opcode.TaskManagementRequest, Opcode.TaskManagementResponse, Opcode.SnackRequest,
        Opcode.ScsiResponse, Opcode.DataIn, Opcode.ReadyToTransfer, Opcode.Reject, Opcode.TextResponse, Opcode.AsyncMessage,
    ];

    public static IReadOnlyList<PairFault> Plan(PairScenario scenario)
    {
        SimRandom random = new SimRandom(scenario.Seed).Fork(2);
        List<PairFaultKind> likely = scenario.Mercy switch
        {
            Mercy.Noise => [.. _noise],
            Mercy.OnePath => [.. _onePath],
            _ => Swarm(random),
        };
        List<PairFault> plan = [];
        int count = (int)(scenario.FaultsPerMinute * scenario.Busy.TotalMinutes);
        for (int i = 0; i < count; i++)
        {
            TimeSpan lasts = random.Chance(80) ? random.Milliseconds(50, 3_000) : random.Milliseconds(3_000, 40_000);
            plan.Add(new PairFault(random.Between(TimeSpan.Zero, scenario.Busy), random.Pick((IReadOnlyList<PairFaultKind>)likely), random.Next(1000), lasts));
        }

        return [.. plan.OrderBy(static fault => fault.At)];
    }

    // What all seeds can do at once hides what some could do alone.
    private static List<PairFaultKind> Swarm(SimRandom random)
    {
        List<PairFaultKind> some = [];
        foreach (PairFaultKind kind in Enum.GetValues<PairFaultKind>())
        {
            int weight = random.Chance(40) ? random.Pick(1, 1, 2, 4) : 0;
            some.AddRange(Enumerable.Repeat(kind, weight));
        }

        return some.Count > 0 ? some : [PairFaultKind.Cut];
    }

    public override string ToString() => $"{At.TotalSeconds,9:F3} s  {Kind} {Which} for {Lasts.TotalSeconds:F2} s";
}
