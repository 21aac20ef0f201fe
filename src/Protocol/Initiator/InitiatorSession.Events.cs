using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>What the target tells unasked: Asynchronous Messages (RFC 7143 §11.9).</content>
public sealed partial class InitiatorSession
{
    private void OnAsyncMessage(InitiatorConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data, TimeSpan now, IInitiatorEffects effects)
    {
        PduCheck check = AsyncMessage.Parse(new AsyncMessageView(bhs), out AsyncMessage message);
        if (!check.IsOk)
        {
            Break(connection, check.Rule, now, effects);
            return;
        }

        if (!TakeStatus(connection, TargetNumbers.Read(bhs).StatSN, now, effects))
        {
            return;
        }

        switch (message.Event)
        {
            case AsyncEvent.ScsiEvent:
                effects.Raise(new InitiatorNotice(InitiatorEvent.ScsiEvent, "the target reports a SCSI event") { Cid = connection.Cid, Lun = message.Lun, Data = SenseOf(data) });
                break;
            case AsyncEvent.LogoutRequest:
                OnLogoutRequested(connection, message, now, effects);
                break;
            case AsyncEvent.ConnectionDrop:
                OnConnectionDropped(message, now, effects);
                break;
            case AsyncEvent.SessionDrop:
                OnSessionDropped(message, now, effects);
                break;
            case AsyncEvent.NegotiationRequest:
                effects.Raise(new InitiatorNotice(InitiatorEvent.NegotiationRequested, $"the target wants to negotiate within {message.Parameter3} s") { Cid = connection.Cid });
                Negotiate(connection, now);
                break;
            case AsyncEvent.TaskTermination:
                OnTasksTerminated(connection, message, now, effects);
                break;
            case >= AsyncEvent.FirstVendorEvent:
                effects.Raise(new InitiatorNotice(InitiatorEvent.VendorEvent, $"vendor's event {(byte)message.Event}, code {message.VendorCode}") { Cid = connection.Cid, Lun = message.Lun, Data = data.ToArray() });
                break;
            default:
                effects.Note(connection, Deviation.Ignored("7143/11.9.1 the event is not a reserved one"));
                break;
        }
    }

    /// <summary>
    /// Event 1: a logout with reason 0 or 1 is due within Parameter3 seconds. Nothing new goes out on the connection; what is under way gets half of that time to end by
    /// itself, then the logout ends it.
    /// </summary>
    private void OnLogoutRequested(InitiatorConnection connection, in AsyncMessage message, TimeSpan now, IInitiatorEffects effects)
    {
        effects.Raise(new InitiatorNotice(InitiatorEvent.LogoutRequested, $"the target wants a logout within {message.Parameter3} s") { Cid = connection.Cid });
        switch (connection.State)
        {
            case InitiatorConnectionState.LoggedIn:
                connection.Move(InitiatorConnectionTransition.T11);
                connection.Deadline = now + TimeSpan.FromSeconds(message.Parameter3 / 2.0);
                WakeAt(connection.Deadline);
                LogOutIfDue(connection, now);
                break;
            case InitiatorConnectionState.LogoutRequested:
                connection.Move(InitiatorConnectionTransition.T12);
                break;
            case InitiatorConnectionState.InLogout:
                connection.Move(InitiatorConnectionTransition.T14);
                break;
        }
    }

    private void LogOutIfDue(InitiatorConnection connection, TimeSpan now)
    {
        if (connection.State != InitiatorConnectionState.LogoutRequested || IsQuiet || (now < connection.Deadline && HasWork(connection)))
        {
            return;
        }

        bool isLast = !_connections.Exists(it => it != connection
            && it.State is InitiatorConnectionState.LoggedIn or InitiatorConnectionState.LogoutRequested or InitiatorConnectionState.CleanupWait);
        connection.Deadline = TimeSpan.MaxValue;
        SendLogout(
            isLast ? new InitiatorLogout(LogoutReason.CloseSession, null) { ThenRenew = true } : new InitiatorLogout(LogoutReason.CloseConnection, connection),
            connection,
            now);
    }

    // Commands that the target has rejected because it waits for the logout can only be sent again elsewhere.
    private bool HasWork(InitiatorConnection connection)
    {
        for (int place = 0; connection.TaskCount > 0 && place < _requests.Places; place++)
        {
            if (_requests.At(place) is InitiatorTask task && task.Connection == connection && (Numbers.IsAcknowledged(task.CmdSN) || !Numbers[task.CmdSN].Rejected))
            {
                return true;
            }
        }

        return false;
    }

    // Event 2: Parameter1 is the CID, 2 and 3 are Time2Wait and Time2Retain. It may come on another connection.
    private void OnConnectionDropped(in AsyncMessage message, TimeSpan now, IInitiatorEffects effects)
    {
        ushort cid = message.Parameter1;
        if (_connections.Find(it => it.Cid == cid && (it.IsOpen || it.State == InitiatorConnectionState.CleanupWait)) is not { } dropped)
        {
            return; // settled already, or one whose login was not answered, so that only the target knew of it
        }

        if (dropped.IsOpen)
        {
            Lose(dropped, "the target has dropped it (Asynchronous Message, event 2)", (message.Parameter2, message.Parameter3), now, effects);
        }
        else
        {
            TakeTimes(dropped, message.Parameter2, message.Parameter3);
        }
    }

    private void OnSessionDropped(in AsyncMessage message, TimeSpan now, IInitiatorEffects effects)
    {
        if (message.Parameter3 == 0)
        {
            LoseSession("the target has dropped the session (Asynchronous Message, event 3)", message.Parameter2, now, effects);
            return;
        }

        foreach (InitiatorConnection open in _connections.FindAll(static it => it.IsOpen))
        {
            Lose(open, "the target has dropped it (Asynchronous Message, event 3)", (message.Parameter2, message.Parameter3), now, effects);
        }
    }

    private void TakeTimes(InitiatorConnection connection, int time2Wait, int time2Retain)
    {
        if (connection is { State: InitiatorConnectionState.CleanupWait, Cleanup: CleanupState.CleanupWait })
        {
            connection.Deadline = connection.LostAt + TimeSpan.FromSeconds(time2Wait);
            connection.RetainedUntil = connection.Deadline + TimeSpan.FromSeconds(time2Retain);
            WakeAt(connection.Deadline);
        }
    }

    // Event 4: a Text Request within Parameter3 seconds; one without keys says that nothing is to be changed (L51).
    private void Negotiate(InitiatorConnection connection, TimeSpan now)
    {
        connection.OwesText = true;
        if (!IsQuiet)
        {
            SendTexts(now);
        }
    }

    // Event 5 (RFC 7143 §4.2.3.4, §11.9.1): the tasks are about to end without responses, so no more data goes out for them, and the initiator says that it knows. When they
    // have ended the answer to the function tells that was sent in this session; else ABORT TASK does, which waits for their end.
    private void OnTasksTerminated(InitiatorConnection connection, in AsyncMessage message, TimeSpan now, IInitiatorEffects effects)
    {
        effects.Raise(new InitiatorNotice(InitiatorEvent.TasksTerminated, "the target has ended the tasks on a logical unit") { Cid = connection.Cid, Lun = message.Lun });
        InitiatorFunction? own = FindFunction(message.Lun);
        foreach (InitiatorTask task in TasksOf(connection))
        {
            if (task.Lun == message.Lun && task.Place == TaskPlace.Sent && Numbers.IsAcknowledged(task.CmdSN) && own?.Covers(task) != false)
            {
                task.StopsDataOut = true;
                if (own is null)
                {
                    Abort(task, RequestEnd.TerminatedByTarget, "the target ended the tasks on the logical unit (RFC 7143 §11.9.1 event 5)", now, effects);
                }
            }
        }

        if (connection.Carries && !IsQuiet && !connection.IsClogged)
        {
            Span<byte> bhs = connection.Outgoing.Add();
            new NopOut(true, message.Lun, Bhs.ReservedTag, Bhs.ReservedTag).Emit(bhs);
            connection.Stamp(bhs, Numbers.CmdSN);
        }
    }

    // The function of this session that ends tasks on a unit, and that is not answered.
    private InitiatorFunction? FindFunction(ulong lun)
    {
        for (int place = 0; place < _requests.Places; place++)
        {
            if (_requests.At(place) is InitiatorFunction { EndsMany: true } function && (function.EndsAllUnits || function.Lun == lun))
            {
                return function;
            }
        }

        return null;
    }

    private sealed class NothingToNegotiate : InitiatorText
    {
        public override void Release()
        {
            // nobody waits for it
        }

        protected internal override bool OnResponse(in TextResponse response, ReadOnlySpan<byte> data) => false;
    }
}
