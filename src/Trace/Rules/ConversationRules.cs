using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>
/// Holds every PDU against the rules of RFC 7143: its form alone, then what the conversation so far makes of it. Each family sees the PDU once, in an order in which
/// those that change what is remembered come after those that look at it.
/// </summary>
internal sealed class ConversationRules
{
    private readonly SessionBook _sessions = new();
    private readonly IRuleFamily[] _families;
    private int _losses;

    public ConversationRules()
    {
        _families =
        [
            new PhaseRules(), new LengthRules(), new StatusNumberRules(), new CommandNumberRules(), new LoginRules(_sessions), new TextRules(), new ScsiCommandRules(),
            new DataInRules(), new ReadyToTransferRules(), new DataOutRules(), new ResponseRules(), new PingRules(), new TaskManagementRules(), new SnackRules(),
            new RejectRules(), new LogoutRules(_sessions), new TaskEndRules(),
        ];
    }

    public void OnPdu(TracedPdu pdu)
    {
        ConnectionModel connection = Model(pdu.Connection);
        if (connection.LossesKnown != _losses)
        {
            connection.LossesKnown = _losses;
            connection.LoseTrack();
        }

        FormRules.Check(pdu);
        if (pdu.HeaderDigest == DigestState.Wrong)
        {
            connection.LoseTrack(); // what it was is not known
            return;
        }

        if (Bhs.IsFromInitiator(pdu.Opcode) != pdu.FromInitiator || !Bhs.IsDefined(pdu.Opcode))
        {
            return;
        }

        foreach (IRuleFamily family in _families)
        {
            family.OnPdu(pdu, connection);
        }
    }

    /// <summary>The capture lacks something of a connection.</summary>
    public void OnGap(TracedConnection connection) => Model(connection).LoseTrack();

    /// <summary>The capture says that it lacks packets, and not of which connection.</summary>
    public void OnLoss() => _losses++;

    /// <summary>One side has closed.</summary>
    public void OnEnd(TracedConnection connection) => SessionBook.Leave(Model(connection));

    private ConnectionModel Model(TracedConnection connection) =>
        (ConnectionModel)(connection.Model ??= new ConnectionModel(connection) { LossesKnown = _losses });
}
