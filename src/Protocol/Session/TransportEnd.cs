namespace Blockwire.Protocol.Session;

/// <summary>
/// Tasks that ended with their connection, until the device has let go of the last: then a unit attention tells the initiator (RFC 7143 §11.14.5). Not before, because it may
/// send its commands anew once it knows, and an old write must not come behind a new one.
/// </summary>
internal sealed class TransportEnd(TargetConnection connection, List<ulong> units) : EndWait
{
    /// <inheritdoc/>
    public override TargetConnection AnswersOn => connection;

    /// <summary>LUNs of the tasks.</summary>
    public List<ulong> Units { get; } = units;
}
