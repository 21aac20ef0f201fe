using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>Lost PDUs: what is missing is asked for again from recovery level 1 on (RFC 7143 §7.8, §7.9, §11.16); at level 0 the session begins anew.</content>
public sealed partial class InitiatorSession
{
    /// <summary>A PDU whose header was right, as far as one knows, and whose data segment was spoilt: it is discarded as a whole (RFC 7143 §7.8).</summary>
    public void OnSpoilt(InitiatorConnection connection, ReadOnlySpan<byte> bhs, TimeSpan now, IInitiatorEffects effects)
    {
        if (!connection.IsOpen)
        {
            return;
        }

        connection.Probe.OnPdu(now);
        if (Level > 0)
        {
            return; // the numbers of what follows tell what was in it
        }

        _ = DataIn.Parse(new DataInView(bhs), out DataIn pdu);
        if (new BhsView(bhs).Opcode == Opcode.DataIn && !pdu.HasStatus && FindTask(pdu.InitiatorTaskTag) is { Place: TaskPlace.Sent } task && task.Connection == connection && connection.IsLoggedIn)
        {
            // RFC 7143 §7.8 b: abort the task. It is begun anew when it may run twice.
            task.DataInArrival.Take(pdu.DataSN.Value);
            task.DataGivenUp = true;
            task.RepeatAfterAbort = task.MayRepeat;
            Abort(task, RequestEnd.DataLost, "data of the command was spoilt on the way, at recovery level 0 (RFC 7143 §7.8)", now, effects);
            return;
        }

        Lose(connection, "a PDU was spoilt on the way, at recovery level 0 (RFC 7143 §7.8)", now, effects);
    }

    /// <summary>A StatSN came. False: the PDU is to be left alone, because it has been here before or the connection is given up.</summary>
    private bool TakeStatus(InitiatorConnection connection, Serial32 statSN, TimeSpan now, IInitiatorEffects effects)
    {
        switch (connection.Statuses.Take(statSN))
        {
            case StatusArrival.Duplicate:
                return false;
            case StatusArrival.Implausible:
                Break(connection, "7143/4.2.2.2 StatSN counts the responses of a connection", now, effects);
                return false;
        }

        return MendStatuses(connection, now, effects);
    }

    private bool ShowStatus(InitiatorConnection connection, Serial32 statSN, TimeSpan now, IInitiatorEffects effects)
    {
        if (!connection.Statuses.Show(statSN))
        {
            Break(connection, "7143/4.2.2.2 StatSN counts the responses of a connection", now, effects);
            return false;
        }

        return MendStatuses(connection, now, effects);
    }

    /// <summary>Asks for missing responses. False: the connection is given up.</summary>
    private bool MendStatuses(InitiatorConnection connection, TimeSpan now, IInitiatorEffects effects)
    {
        if (!connection.Statuses.HasHoles)
        {
            connection.Snacks = 0;
            return true;
        }

        if (Level == 0)
        {
            Break(connection, "7143/4.2.2.2 StatSN has no holes at recovery level 0", now, effects);
            return false;
        }

        if (now < connection.SnackAt || !MayAsk(connection))
        {
            return true;
        }

        if (connection.Snacks++ >= Options.SnackLimit)
        {
            Lose(connection, "responses are missing that the target does not send again", now, effects);
            return false;
        }

        connection.SnackAt = now + Options.SnackAfter;
        WakeAt(connection.SnackAt);
        if (connection.Statuses.TryGetHole(out Serial32 first, out uint count))
        {
            SendSnack(connection, new SnackRequest(SnackType.Status, 0, Bhs.ReservedTag, Bhs.ReservedTag, first.Value, count));
        }

        return true;
    }

    /// <summary>Asks for missing Data-In PDUs or R2Ts of a task. False: the connection, or the task, is given up.</summary>
    private bool MendData(InitiatorTask task, InitiatorConnection connection, TimeSpan now, IInitiatorEffects effects)
    {
        DataArrival arrival = task.DataInArrival.HasHoles ? task.DataInArrival : task.R2TArrival;
        if (!arrival.HasHoles)
        {
            return true;
        }

        if (Level == 0)
        {
            Break(connection, "7143/11.7.5 DataSN and R2TSN have no holes at recovery level 0", now, effects);
            return false;
        }

        if (task.DataGivenUp || now < task.SnackAt || !MayAsk(connection) || !arrival.TryGetHole(out uint first, out uint count))
        {
            return true;
        }

        if (task.Snacks++ >= Options.SnackLimit && task.IsGone)
        {
            ConcludeAbort(task, effects); // it is not wanted any more, and not to be had
            return false;
        }

        if (task.Snacks > Options.SnackLimit)
        {
            Lose(connection, "data is missing that the target does not send again", now, effects);
            return false;
        }

        task.SnackAt = now + Options.SnackAfter;
        WakeAt(task.SnackAt);
        arrival.AskedAgain = true;
        SendSnack(connection, new SnackRequest(SnackType.DataOrR2T, 0, task.InitiatorTaskTag, Bhs.ReservedTag, first, count));
        return true;
    }

    // A SNACK does not follow a Logout Request either (L7, L8); while the target only waits for one, what is under way still has its data (RFC 7143 §11.7.2).
    private bool MayAsk(InitiatorConnection connection) => connection.Carries && !IsQuiet;

    // RFC 7143 §11.16.2: an acknowledgement is sent only where there is no hole.
    private void AcknowledgeData(InitiatorConnection connection, InitiatorTask task, in DataIn pdu)
    {
        if (pdu.Acknowledge && Level > 0)
        {
            task.PendingAck = (pdu.TargetTransferTag, pdu.Lun);
        }

        if (task.PendingAck is { } ack && !task.DataInArrival.HasHoles && MayAsk(connection) && !connection.IsClogged)
        {
            task.PendingAck = null;
            SendSnack(connection, new SnackRequest(SnackType.DataAck, ack.Lun, Bhs.ReservedTag, ack.TargetTransferTag, task.DataInArrival.Next, 0));
        }
    }

    private static void SendSnack(InitiatorConnection connection, in SnackRequest snack)
    {
        Span<byte> bhs = connection.Outgoing.Add();
        snack.Emit(bhs);
        connection.StampData(bhs);
    }
}
