using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>
/// The response fence of one task management response in a session with several connections (RFC 7143 §4.2.2.3.3): statuses sent before it are acknowledged before it
/// goes out, and it is acknowledged before the statuses behind it do.
/// </summary>
internal sealed class ResponseFence(TaskManagementOperation operation, TimeSpan since)
{
    /// <summary>The function whose response is fenced.</summary>
    public TaskManagementOperation Operation { get; } = operation;

    /// <summary>When it began to wait for what it waits for now.</summary>
    public TimeSpan Since { get; private set; } = since;

    /// <summary>The response is out: only its own acknowledgement is waited for.</summary>
    public bool ResponseSent { get; private set; }

    /// <summary>Connections that have not acknowledged, and the ExpStatSN that will do.</summary>
    public List<(TargetConnection Connection, Serial32 ExpStatSN)> Awaited { get; } = [];

    /// <summary>Waits until everything that was sent on a connection is acknowledged.</summary>
    public void Await(TargetConnection connection) => Awaited.Add((connection, connection.NextStatSN));

    /// <summary>Drops what has been acknowledged, or never will be because its connection is gone.</summary>
    public void Review() =>
        Awaited.RemoveAll(static it => !it.Connection.IsUp || it.Connection.AcknowledgedStatSN >= it.ExpStatSN);

    /// <summary>The second half begins: the response was sent.</summary>
    public void OnResponseSent(TimeSpan now)
    {
        ResponseSent = true;
        Since = now;
    }
}
