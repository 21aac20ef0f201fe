using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>
/// The response fence of one response in a session with several connections (RFC 7143 §4.2.2.3.3): whatever was sent before it is acknowledged before it goes out, and
/// it is acknowledged before the statuses behind it go out.
/// </summary>
internal sealed class ResponseFence(FencedResponse response, OwedFence? paid, TimeSpan since)
{
    private readonly FencedResponse _response = response;

    /// <summary>The connection that the response leaves by.</summary>
    public TargetConnection Carrier { get; } = response.Carrier;

    /// <summary>The function whose response it is; null for the status of a task.</summary>
    public TaskManagementOperation? Operation => _response.Operation;

    /// <summary>The task whose status it is, as long as the status is not sent; null for a function.</summary>
    public TargetTask? Task { get; private set; } = response.Task;

    /// <summary>What the session owed, and this fence pays; null for a function.</summary>
    public OwedFence? Paid { get; } = paid;

    /// <summary>When it began to wait for what it waits for now.</summary>
    public TimeSpan Since { get; private set; } = since;

    /// <summary>The response is on its way out, or is out: only its own acknowledgement is waited for.</summary>
    public bool ResponseSent { get; private set; }

    /// <summary>Its task was ended before its status went out: there is nothing to fence any more.</summary>
    public bool Withdrawn => !ResponseSent && Operation is null && Task is null;

    /// <summary>Connections that have not acknowledged, and the ExpStatSN that will do.</summary>
    public List<(TargetConnection Connection, Serial32 ExpStatSN)> Awaited { get; } = [];

    /// <summary>Waits until everything that was sent on a connection is acknowledged.</summary>
    public void Await(TargetConnection connection) => Awaited.Add((connection, connection.NextStatSN));

    /// <summary>Drops what has been acknowledged, or never will be because its connection is gone.</summary>
    public void Review() =>
        Awaited.RemoveAll(static it => !it.Connection.IsUp || it.Connection.AcknowledgedStatSN >= it.ExpStatSN);

    /// <summary>The second half begins: the response is sent.</summary>
    public void OnResponseSent(TimeSpan now)
    {
        ResponseSent = true;
        Since = now;
    }

    /// <summary>Lets go of the task: its object may serve again.</summary>
    public TargetTask? TakeTask()
    {
        TargetTask? task = Task;
        Task = null;
        return task;
    }
}

/// <summary>A response that has a fence or waits behind one: that of a function, or the status of a task.</summary>
internal readonly record struct FencedResponse(TaskManagementOperation? Operation, TargetTask? Task)
{
    /// <summary>The connection that it leaves by.</summary>
    public TargetConnection Carrier => Operation?.Connection ?? Task!.Connection;
}

/// <summary>
/// What a multi-task abort leaves behind on a logical unit: responses to come whose delivery has to be fenced (RFC 7143 §4.2.2.3.4 a, §4.2.3.3 e, §4.2.3.4 f).
/// </summary>
/// <param name="Lun">The unit.</param>
/// <param name="First">The first response of the unit, in a session that the function came to from another.</param>
/// <param name="Attention">The first response with a unit attention.</param>
internal readonly record struct OwedFence(ulong Lun, bool First, bool Attention);
