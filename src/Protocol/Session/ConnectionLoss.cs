namespace Blockwire.Protocol.Session;

/// <summary>
/// A connection that was lost while others of its session go on, until its last task has ended: then the initiator is told (RFC 7143 §11.9.1 event 2, §11.14.5 b). Not
/// before, because it sends its commands again once it knows, and an old write that is still with the disk must not meet a newer one.
/// </summary>
internal sealed class ConnectionLoss(TargetConnection connection, List<ulong> units, bool announce) : EndWait
{
    /// <summary>The connection, free already.</summary>
    public TargetConnection Connection { get; } = connection;

    /// <inheritdoc/>
    public override TargetConnection AnswersOn => Connection;

    /// <summary>LUNs of the commands that were ended.</summary>
    public List<ulong> Units { get; } = units;

    /// <summary>The initiator does not know of it: nobody was logging the connection out.</summary>
    public bool Announce { get; } = announce;
}
