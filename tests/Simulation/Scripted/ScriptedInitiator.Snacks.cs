using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <content>PDUs whose payload was spoilt, and asking for them again (RFC 7143 §7.8, §7.9, §11.16).</content>
internal sealed partial class ScriptedInitiator
{
    private static readonly TimeSpan _snackPatience = TimeSpan.FromSeconds(4);

    private readonly HashSet<uint> _restartedData = [];

    /// <summary>The PDU is discarded as a whole; what was in it is found out from the numbers of those that follow.</summary>
    public void OnSpoilt(ScriptedConnection connection, byte[] frame)
    {
        Trace.Add($"init    c{connection.Cid}: spoilt: {PduText.Of(frame)}");
        if (Level > 0)
        {
            return;
        }

        // RFC 7143 §7.8 b at level 0: a read whose data is spoilt is given up, its status is still to come; without a status one does not know, and starts anew.
        _ = DataIn.Parse(new DataInView(frame), out DataIn pdu);
        if (new BhsView(frame).Opcode == Opcode.DataIn && !pdu.HasStatus && _tasks.TryGetValue(pdu.InitiatorTaskTag, out ScriptedTask? task) && _random.Chance(50))
        {
            task.DataGivenUp = true;
            return;
        }

        Lose(connection, "a PDU without its payload at recovery level 0");
    }

    private void ManageSnacks()
    {
        if (Level == 0)
        {
            return;
        }

        foreach (ScriptedConnection connection in Up.ToArray())
        {
            if (connection.Missing.Count > 0 && Now >= connection.SnackAt)
            {
                AskForStatuses(connection);
            }
        }

        foreach (ScriptedTask task in _tasks.Values.ToArray())
        {
            if (task.Connection is { IsUp: true } connection && !task.Reassigning && task.MissingData.Count > 0 && Now >= task.SnackAt)
            {
                AskForData(connection, task);
            }
        }
    }

    private void AskForStatuses(ScriptedConnection connection)
    {
        connection.SnackAt = Now + _snackPatience;
        Serial32 first = connection.Missing[0];
        uint run = 1;
        while (connection.Missing.Contains(first + run))
        {
            run++;
        }

        for (uint i = 0; i < run; i++)
        {
            connection.AskedAgain(first + i);
        }

        _world.Census.Count("SNACK: Status");
        connection.Send(new SnackRequest(SnackType.Status, 0, Bhs.ReservedTag, Bhs.ReservedTag, first.Value, run).Emit, _cmdSN);
    }

    private void AskForData(ScriptedConnection connection, ScriptedTask task)
    {
        task.SnackAt = Now + _snackPatience;
        task.DataAskedAgain = true;
        if (_random.Chance(15))
        {
            // Everything that is not acknowledged is discarded, and sent anew (RFC 7143 §11.16.3).
            task.SnackTag = _random.Chance(50) ? task.SnackTag + 1 : task.SnackTag + 77;
            task.HasStatus = false;
            if (task.StatusStatSN is { } statSN)
            {
                connection.AskedAgain(statSN);
            }

            task.MissingData.Clear();
            task.NextDataSN = task.AcknowledgedDataSN;
            _world.Census.Count("SNACK: R-Data");
            connection.Send(new SnackRequest(SnackType.RData, 0, task.Itt, task.SnackTag, 0, 0).Emit, _cmdSN);
            return;
        }

        Serial32 first = task.MissingData[0];
        uint run = 1;
        while (task.MissingData.Contains(first + run))
        {
            run++;
        }

        _world.Census.Count("SNACK: Data");
        connection.Send(new SnackRequest(SnackType.DataOrR2T, 0, task.Itt, Bhs.ReservedTag, first.Value, _random.Chance(15) ? 0 : run).Emit, _cmdSN);
    }

    // RFC 7143 §11.16.2: only when there is no hole.
    private void AcknowledgeData(ScriptedConnection connection, ScriptedTask task, in DataIn pdu)
    {
        if (pdu.Acknowledge)
        {
            BrokenRuleException.Unless(Level > 0, "the A bit is for levels above 0 (RFC 7143 §11.7.2)");
            task.PendingAck = (pdu.TargetTransferTag, pdu.Lun);
        }

        if (task.PendingAck is { } ack && task.MissingData.Count == 0 && connection.IsUp)
        {
            task.PendingAck = null;
            task.AcknowledgedDataSN = task.NextDataSN;
            _world.Census.Count("SNACK: DataACK");
            connection.Send(new SnackRequest(SnackType.DataAck, ack.Lun, Bhs.ReservedTag, ack.TargetTransferTag, task.NextDataSN.Value, 0).Emit, _cmdSN);
        }
    }
}
