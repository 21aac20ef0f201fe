using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>Pings, text, rejects, and the gaps in CmdSN that the initiator has to close (RFC 7143 §7.2.1, §7.3, §11.10, §11.17 to §11.19).</content>
public sealed partial class InitiatorSession
{
    /// <summary>Sends a ping on a connection of its own choice.</summary>
    public void Submit(InitiatorPing ping, TimeSpan now, IInitiatorEffects effects)
    {
        if (CarrierFor(ping, effects) is { } connection)
        {
            SendPing(ping, connection, Options.PingTimeLimit, now);
        }
    }

    /// <summary>
    /// Begins a text exchange; the responses go to <see cref="InitiatorText.OnResponse"/>. It waits while every connection has one under way (RFC 7143 §11.10).
    /// </summary>
    public void Submit(InitiatorText text, TimeSpan now, IInitiatorEffects effects)
    {
        if (CarrierFor(text, effects) is not null)
        {
            _waitingTexts.Enqueue(text);
            SendTexts(now);
        }
    }

    private readonly Queue<InitiatorText> _waitingTexts = new();

    // RFC 7143 §11.10: one outstanding Text Request on a connection.
    private void SendTexts(TimeSpan now)
    {
        foreach (InitiatorConnection connection in _connections)
        {
            if (!connection.IsLoggedIn || _requests.IsFull || (!connection.OwesText && _waitingTexts.Count == 0) || HasText(connection))
            {
                continue;
            }

            InitiatorText text = connection.OwesText ? new NothingToNegotiate { Final = true } : _waitingTexts.Dequeue();
            connection.OwesText = false;
            _requests.Add(text);
            SendText(text, connection, now);
        }
    }

    private bool HasText(InitiatorConnection connection)
    {
        for (int place = 0; place < _requests.Places; place++)
        {
            if (_requests.At(place) is InitiatorText text && text.Connection == connection)
            {
                return true;
            }
        }

        return false;
    }

    private void EndWaitingTexts(RequestEnd end, string why, IInitiatorEffects effects)
    {
        while (_waitingTexts.TryDequeue(out InitiatorText? text))
        {
            text.End = end;
            text.Why = why;
            effects.Ended(text);
        }
    }

    private InitiatorConnection? CarrierFor(InitiatorRequest request, IInitiatorEffects effects)
    {
        request.End = RequestEnd.None;
        InitiatorConnection? connection = _isClosing || _isOver || _requests.IsFull ? null : Choose();
        if (connection is null)
        {
            request.End = _isClosing || _isOver ? RequestEnd.Closed : RequestEnd.NoSession;
            request.Why = _why.Length > 0 ? _why : "there is no connection to the target";
            effects.Ended(request);
        }

        return connection;
    }

    private void SendPing(InitiatorPing ping, InitiatorConnection connection, TimeSpan limit, TimeSpan now)
    {
        _requests.Add(ping);
        ping.End = RequestEnd.None;
        Span<byte> bhs = AddImmediate(ping, connection, now, ping.Data);
        ping.Deadline = After(now, limit);
        WakeAt(ping.Deadline);
        new NopOut(true, 0, ping.InitiatorTaskTag, Bhs.ReservedTag).Emit(bhs);
        connection.Stamp(bhs, Numbers.CmdSN);
    }

    private void SendText(InitiatorText text, InitiatorConnection connection, TimeSpan now)
    {
        Span<byte> bhs = AddImmediate(text, connection, now, text.Data);
        text.Deadline = After(now, Options.CommandTimeLimit);
        WakeAt(text.Deadline);
        new TextRequest(true, text.Final, text.Continue, text.Lun, text.InitiatorTaskTag, text.TargetTransferTag).Emit(bhs);
        connection.Stamp(bhs, Numbers.CmdSN);
    }

    /// <summary>A ping of the session's own; one that has had no answer so long is forgotten, as the answer may be lost.</summary>
    private void SendProbe(InitiatorConnection connection, TimeSpan now)
    {
        if (!connection.IsLoggedIn || _isClosing || _requests.IsFull)
        {
            return;
        }

        if (_requests.Find(connection.Ping.InitiatorTaskTag) == connection.Ping)
        {
            Forget(connection.Ping);
        }

        SendPing(connection.Ping, connection, Timeout.InfiniteTimeSpan, now);
    }

    private void OnNopIn(InitiatorConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data, TimeSpan now, IInitiatorEffects effects)
    {
        PduCheck check = NopIn.Parse(new NopInView(bhs), out NopIn nop);
        if (!check.IsOk)
        {
            Break(connection, check.Rule, now, effects);
            return;
        }

        Serial32 statSN = TargetNumbers.Read(bhs).StatSN;
        bool counts = nop.InitiatorTaskTag != Bhs.ReservedTag
            ? TakeStatus(connection, statSN, now, effects)
            : ShowStatus(connection, statSN, now, effects);
        if (!counts)
        {
            return;
        }

        if (nop.TargetTransferTag != Bhs.ReservedTag)
        {
            // The target's ping (RFC 7143 §11.18): LUN and tag are copied. L7: not behind a Logout Request.
            if (connection.Carries && !IsQuiet && !connection.IsClogged)
            {
                Span<byte> answer = connection.Outgoing.Add();
                new NopOut(true, nop.Lun, Bhs.ReservedTag, nop.TargetTransferTag).Emit(answer);
                connection.Stamp(answer, Numbers.CmdSN);
            }
        }
        else if (nop.InitiatorTaskTag != Bhs.ReservedTag && _requests.Find(nop.InitiatorTaskTag) is InitiatorPing ping && ping.Connection == connection)
        {
            ping.EchoIsRight = data.SequenceEqual(ping.Data.Span[..Math.Min(ping.Data.Length, data.Length)]) && data.Length == ping.Data.Length;
            EndRequest(ping, RequestEnd.Answered, "", effects);
            if (Level > 0 && Numbers.Unacknowledged > 0)
            {
                WakeAt(now); // what is still not acknowledged is missing at the target
            }
        }
    }

    private void OnTextResponse(InitiatorConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data, TimeSpan now, IInitiatorEffects effects)
    {
        PduCheck check = TextResponse.Parse(new TextResponseView(bhs), out TextResponse response);
        if (!check.IsOk)
        {
            Break(connection, check.Rule, now, effects);
            return;
        }

        if (!TakeStatus(connection, TargetNumbers.Read(bhs).StatSN, now, effects))
        {
            return;
        }

        if (_requests.Find(response.InitiatorTaskTag) is not InitiatorText text || text.Connection != connection)
        {
            NoteUnlessLate(connection, response.InitiatorTaskTag, "7143/11.11 a Text Response answers a Text Request", effects);
        }
        else if (text.OnResponse(response, data) && connection.IsLoggedIn && !IsQuiet)
        {
            SendText(text, connection, now);
        }
        else
        {
            EndRequest(text, RequestEnd.Answered, "", effects);
        }
    }

    // An answer may come when nobody waited for it any longer.
    private void NoteUnlessLate(InitiatorConnection connection, uint tag, string rule, IInitiatorEffects effects)
    {
        if (!_requests.WasUsed(tag))
        {
            effects.Note(connection, Deviation.Ignored(rule));
        }
    }

    private void OnReject(InitiatorConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data, TimeSpan now, IInitiatorEffects effects)
    {
        PduCheck check = Reject.Parse(new RejectView(bhs), out Reject reject);
        if (!check.IsOk || data.Length < Bhs.Length)
        {
            Break(connection, check.IsOk ? "7143/11.17 a Reject carries the header that it rejects" : check.Rule, now, effects);
            return;
        }

        if (!TakeStatus(connection, TargetNumbers.Read(bhs).StatSN, now, effects))
        {
            return;
        }

        BhsView bad = new(data);
        InitiatorRequest? request = _requests.Find(bad.InitiatorTaskTag);
        string why = $"the target rejected it: {reject.Reason} (RFC 7143 §11.17.1)";
        switch (bad.Opcode)
        {
            case Opcode.SnackRequest:
                OnSnackRejected(connection, new SnackRequestView(data).Type, request as InitiatorTask, now, effects);
                break;
            case Opcode.DataOut:
                break; // a recovery R2T follows, or CHECK CONDITION (RFC 7143 §7.8)
            case Opcode.ScsiCommand when request is InitiatorTask { Place: TaskPlace.Sent } task && task.Connection == connection:
                OnCommandRejected(task, reject.Reason, why, now, effects);
                break;
            case Opcode.TaskManagementRequest when request is InitiatorFunction function:
                OnFunctionRejected(function, reject.Reason, now, effects);
                break;
            case Opcode.LogoutRequest when request is InitiatorLogout logout:
                OnLogoutFailed(logout, why, now, effects);
                break;
            case Opcode.TextRequest or Opcode.NopOut when request is InitiatorPing or InitiatorText:
                EndRequest(request, RequestEnd.Rejected, why, effects);
                break;
            case Opcode.ScsiCommand or Opcode.TaskManagementRequest or Opcode.LogoutRequest or Opcode.TextRequest or Opcode.NopOut when _requests.WasUsed(bad.InitiatorTaskTag):
                break; // it has ended meanwhile
            default:
                effects.Note(connection, Deviation.Ignored($"7143/11.17 what is rejected was sent: {bad.Opcode}"));
                break;
        }
    }

    private void OnSnackRejected(InitiatorConnection connection, SnackType type, InitiatorTask? task, TimeSpan now, IInitiatorEffects effects)
    {
        if (task is { Place: TaskPlace.Sent } && task.Connection == connection)
        {
            task.DataGivenUp = true; // RFC 7143 §7.8 a.2: its status is waited for, and does not count
            TryFinish(connection, task, effects);
        }
        else if (type == SnackType.Status && connection.Statuses.HasHoles)
        {
            Lose(connection, "a response is missing that the target does not keep any more", now, effects);
        }
    }

    // RFC 7143 §7.3: the number of a rejected command is missing at the target, and has to come.
    private void OnCommandRejected(InitiatorTask task, RejectReason reason, string why, TimeSpan now, IInitiatorEffects effects)
    {
        bool acknowledged = Numbers.IsAcknowledged(task.CmdSN);
        if (reason == RejectReason.TaskInProgress && task.WasResent)
        {
            return; // the target has it, and this is about a repetition: its answer follows
        }

        bool spoilt = reason is RejectReason.DataDigestError or RejectReason.ImmediateCommandReject or RejectReason.WaitingForLogout;
        if (spoilt && (acknowledged || --Numbers[task.CmdSN].Copies > 0))
        {
            return; // it was sent once more, and this is about the first
        }

        if (spoilt && task.Repeats < Options.RepeatLimit)
        {
            ref CommandNumbers.Sent sent = ref Numbers[task.CmdSN];
            sent.Rejected = true;
            sent.At = now;
            WakeAt(now);
            return;
        }

        if (!acknowledged)
        {
            Numbers[task.CmdSN].Rejected = true;
            WakeAt(now);
        }

        // One that was sent more than once may have been taken the other time.
        EndTask(task, RequestEnd.Rejected, why, task.WasResent || reason == RejectReason.TaskInProgress, effects);
    }

    /// <summary>Requests whose numbers the target has not acknowledged are sent again; those that nobody wants any more are replaced by pings.</summary>
    private void PlugGaps(TimeSpan now, IInitiatorEffects effects)
    {
        for (Serial32 number = Numbers.ExpCmdSN; number != Numbers.CmdSN; number++)
        {
            ref CommandNumbers.Sent sent = ref Numbers[number];
            InitiatorTask? task = sent.Request is InitiatorTask owner && owner.InitiatorTaskTag == sent.Itt && owner.CmdSN == number ? owner : null;
            if (sent.Connection is { IsOpen: true } connection)
            {
                TimeSpan dueAt = sent.At + Options.RetryAfter;
                bool isLate = Level > 0 && now >= dueAt;
                if (isLate && connection.HeardAt < dueAt && connection.Ping.SentAt < dueAt)
                {
                    // A command that runs long has nobody to acknowledge it: the target is asked before anything is sent twice.
                    SendProbe(connection, now);
                }

                bool isDue = sent.Rejected || (isLate && connection.HeardAt >= dueAt);
                if (!isDue || !connection.IsLoggedIn)
                {
                    continue;
                }

                if (task is not null && !sent.Rejected && HasUnsolicitedDataOut(task, connection))
                {
                    // That data cannot be told from that of the first time, if it has arrived after all. A Reject may be missing: the answer to a ping shows whether a status is.
                    sent.At = now;
                    WakeForRetry(now);
                    SendProbe(connection, now);
                    continue;
                }

                Resend(task, number, connection, now);
            }
            else if (sent.Connection is null && Choose() is { } other)
            {
                Resend(task, number, other, now);
                if (task is not null)
                {
                    effects.Raise(new InitiatorNotice(InitiatorEvent.CommandRepeated, "it was not acknowledged before its connection was logged out") { Cid = other.Cid });
                }
            }
        }
    }

    private void Resend(InitiatorTask? task, Serial32 number, InitiatorConnection connection, TimeSpan now)
    {
        ref CommandNumbers.Sent sent = ref Numbers[number];
        bool again = sent.Rejected || sent.Connection != connection;
        sent.Copies = sent.Connection == connection ? sent.Copies + 1 : 1;
        sent.Connection = connection;
        sent.At = now;
        sent.Rejected = false;
        WakeForRetry(now);
        if (task is { Place: TaskPlace.Sent or TaskPlace.Discarded })
        {
            if (again)
            {
                task.Repeats++;
                task.Restart();
            }
            else
            {
                task.WasResent = true;
            }

            SendCommand(task, connection, now);
            return;
        }

        // Nobody waits for the answer: it finds no request and is left alone.
        Span<byte> bhs = connection.Outgoing.Add();
        new NopOut(false, 0, sent.Itt, Bhs.ReservedTag).Emit(bhs);
        connection.Stamp(bhs, number);
    }
}
