using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <summary>A ping of the initiator: NOP-Out that wants an answer (RFC 7143 §11.18).</summary>
public abstract class InitiatorPing : InitiatorRequest
{
    /// <summary>Ping data; at most what the target takes in one data segment.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>The answer brought the same data back.</summary>
    public bool EchoIsRight { get; internal set; }
}

/// <summary>A task management function that the caller asks for (RFC 7143 §11.5).</summary>
public abstract class InitiatorFunction : InitiatorRequest
{
    /// <summary>The function.</summary>
    public TaskManagementFunction Function { get; set; }

    /// <summary>LUN field, for functions on one logical unit.</summary>
    public ulong Lun { get; set; }

    /// <summary>The task that it is about: ABORT TASK, TASK REASSIGN, QUERY TASK.</summary>
    public InitiatorTask? Task { get; set; }

    /// <summary>What the target answered.</summary>
    public TaskManagementResponseCode Response { get; internal set; }

    /// <summary>Additional response information (RFC 7144 §6).</summary>
    public int AdditionalInformation { get; internal set; }

    /// <summary>CmdSN that it was sent with: tasks before it are those that it reaches.</summary>
    internal Serial32 CmdSN { get; set; }

    internal uint ExpDataSN { get; set; }

    /// <summary>The tag that its task had when it was sent.</summary>
    internal uint TaskTag { get; set; }

    /// <summary>Does it end this task? One that was sent before it (RFC 7143 §4.2.3.3).</summary>
    internal bool Covers(InitiatorTask task) => Function == TaskManagementFunction.AbortTask
        ? task == Task && task.Place is not (TaskPlace.Idle or TaskPlace.Waiting) && task.InitiatorTaskTag == TaskTag
        : EndsMany && task.CmdSN < CmdSN && (EndsAllUnits || task.Lun == Lun);

    internal bool EndsAllUnits => Function is TaskManagementFunction.TargetWarmReset or TaskManagementFunction.TargetColdReset or TaskManagementFunction.ITNexusReset;

    internal bool EndsMany => Function is TaskManagementFunction.AbortTaskSet or TaskManagementFunction.ClearTaskSet
        or TaskManagementFunction.LogicalUnitReset or TaskManagementFunction.TargetWarmReset or TaskManagementFunction.TargetColdReset
        or TaskManagementFunction.ITNexusReset;
}

/// <summary>One step of a text exchange (RFC 7143 §11.10): one request, one response. The next step goes on with the same object and tag.</summary>
public abstract class InitiatorText : InitiatorRequest
{
    /// <summary>F bit of the next request.</summary>
    public bool Final { get; set; }

    /// <summary>C bit of the next request.</summary>
    public bool Continue { get; set; }

    /// <summary>LUN field of the next request: what the response before it had.</summary>
    public ulong Lun { get; set; }

    /// <summary>Target Transfer Tag of the next request.</summary>
    public uint TargetTransferTag { get; set; } = Bhs.ReservedTag;

    /// <summary>Text of the next request.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>
    /// A response came, under the session's lock: take it in and set the fields for the next request. True: send that; false: the exchange is over.
    /// </summary>
    /// <param name="response">The header.</param>
    /// <param name="data">Its text; not kept.</param>
    protected internal abstract bool OnResponse(in TextResponse response, ReadOnlySpan<byte> data);
}

/// <summary>A Logout Request (RFC 7143 §11.14).</summary>
internal sealed class InitiatorLogout(LogoutReason reason, InitiatorConnection? named) : InitiatorRequest
{
    public LogoutReason Reason { get; } = reason;

    /// <summary>The connection that is logged out; null for the whole session.</summary>
    public InitiatorConnection? Named { get; } = named;

    /// <summary>The CID of a connection that is not known any more, when its recovery logout is repeated because the target holds a task for it still (RFC 7143 §11.6.1 c).</summary>
    public ushort? RepeatedCid { get; init; }

    /// <summary>The session is begun anew when it is closed: the target had asked for the logout.</summary>
    public bool ThenRenew { get; init; }

    public override void Release()
    {
        // nobody waits for it: what comes of it the session tells
    }
}

/// <summary>A function of the core itself: ABORT TASK and TASK REASSIGN.</summary>
internal sealed class OwnFunction : InitiatorFunction
{
    public override void Release()
    {
        // the session uses it again
    }
}

/// <summary>The probe of a connection.</summary>
internal sealed class ProbePing : InitiatorPing
{
    public override void Release()
    {
        // it belongs to its connection
    }
}
