using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <content>What the target sends, and what must hold of it.</content>
internal sealed partial class ScriptedInitiator
{
    public void OnPdu(ScriptedConnection connection, byte[] frame, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> bhs = frame.AsSpan(0, Bhs.Length);
        Opcode opcode = new BhsView(bhs).Opcode;
        if (opcode == Opcode.LoginResponse)
        {
            OnLoginResponse(connection, bhs, data);
            return;
        }

        BrokenRuleException.Unless(connection.IsOpen, $"{opcode} comes in the full feature phase only");
        TakeNumbers(connection, TargetNumbers.Read(bhs));
        switch (opcode)
        {
            case Opcode.ScsiResponse:
                OnScsiResponse(connection, bhs, data);
                break;
            case Opcode.DataIn:
                OnDataIn(connection, bhs, data);
                break;
            case Opcode.ReadyToTransfer:
                OnR2T(connection, bhs);
                break;
            case Opcode.NopIn:
                OnNopIn(connection, bhs, data);
                break;
            case Opcode.TaskManagementResponse:
                OnFunctionResponse(connection, bhs);
                break;
            case Opcode.LogoutResponse:
                OnLogoutResponse(connection, bhs);
                break;
            case Opcode.Reject:
                OnReject(connection, bhs, data);
                break;
            case Opcode.AsyncMessage:
                OnAsyncMessage(connection, bhs);
                break;
            default:
                throw new BrokenRuleException($"the target sends {opcode}");
        }

        Issue();
    }

    // Responses that the target keeps for a connection.
    private const uint KeptResponses = 512;

    private static void Check(PduCheck check) => BrokenRuleException.Unless(check.IsOk, $"what the target sends is well formed: {check.Rule}");

    // A task that is over gets nothing more (RFC 7143 §11.14, §11.5.1): every tag that was not given out, or whose task has ended, is an answer too many.
    private ScriptedTask? FindTask(ScriptedConnection connection, uint itt, string what)
    {
        if (!_tasks.TryGetValue(itt, out ScriptedTask? task))
        {
            BrokenRuleException.Unless(connection.State == ScriptedState.LoggingOut && _ended.ContainsKey(itt), $"a task gets one response: {what} for itt {itt}, which is over: {_ended.GetValueOrDefault(itt, "never begun")}");
            return null;
        }

        BrokenRuleException.Unless(task.Connection == connection, $"a task's PDUs come on the connection that it is allegiant to (RFC 7143 §4.2.5.1): {what} for {task} on c{connection.Cid}");
        BrokenRuleException.Unless(!task.Reassigning, $"the answer to TASK REASSIGN comes before anything of the task (RFC 7143 §7.2.2): {what} for {task}");
        return task;
    }

    private void OnScsiResponse(ScriptedConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data)
    {
        Check(ScsiResponse.Parse(new ScsiResponseView(bhs), out ScsiResponse response));
        Serial32 statSN = TargetNumbers.Read(bhs).StatSN;
        bool again = statSN < connection.NextStatSN;
        if (!connection.TakeStatSN(statSN, counts: true) && !AwaitsSnackTag(response))
        {
            return;
        }

        if (again && _ended.ContainsKey(response.InitiatorTaskTag) && !_tasks.ContainsKey(response.InitiatorTaskTag))
        {
            return; // it fills a hole in the numbers; it was sent before its task was ended by a function
        }

        if (FindTask(connection, response.InitiatorTaskTag, "a SCSI Response") is not { } task)
        {
            return;
        }

        if (response.SnackTag != task.SnackTag)
        {
            BrokenRuleException.Unless(response.SnackTag == 0 && task.SnackTag != 0, $"a response carries the SNACK Tag of the last R-Data SNACK (RFC 7143 §11.4.4): {response.SnackTag} instead of {task.SnackTag} for {task}");
            task.StatusStatSN = statSN;
            connection.AskedAgain(statSN);
            return; // sent before the R-Data SNACK arrived: another one comes
        }

        OnStatus(connection, task, statSN, response.Status, SenseBytes.Read(data), response.ExpDataSN.Value);
    }

    private bool AwaitsSnackTag(in ScsiResponse response) =>
        response.SnackTag != 0 && _tasks.TryGetValue(response.InitiatorTaskTag, out ScriptedTask? task) && task.SnackTag == response.SnackTag;

    private void OnDataIn(ScriptedConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data)
    {
        Check(DataIn.Parse(new DataInView(bhs), out DataIn pdu));
        Serial32 statSN = TargetNumbers.Read(bhs).StatSN;
        if (pdu.HasStatus && !connection.TakeStatSN(statSN, counts: true) && !(_tasks.TryGetValue(pdu.InitiatorTaskTag, out ScriptedTask? known) && known.DataAskedAgain))
        {
            return;
        }

        if (!_tasks.ContainsKey(pdu.InitiatorTaskTag) && _restartedData.Contains(pdu.InitiatorTaskTag))
        {
            return; // asked for again more often than was needed
        }

        if (FindTask(connection, pdu.InitiatorTaskTag, "Data-In") is not { } task)
        {
            return;
        }

        BrokenRuleException.Unless(!task.Operation.IsWrite, $"Data-In comes for reads: {task}");
        task.ProgressAt = Now;
        TakeDataSN(connection, task, pdu.DataSN);
        task.Cover(pdu.BufferOffset, data);
        AcknowledgeData(connection, task, pdu);
        if (pdu.HasStatus && task.SnackTag != 0)
        {
            task.StatusStatSN = statSN; // a SCSI Response with the tag follows (RFC 7143 §11.16.3)
        }
        else if (pdu.HasStatus)
        {
            OnStatus(connection, task, statSN, pdu.Status, 0, pdu.DataSN.Value + 1);
        }
        else
        {
            TryFinish(task);
        }
    }

    private void TakeDataSN(ScriptedConnection connection, ScriptedTask task, Serial32 dataSN)
    {
        if (task.MayRestart && dataSN <= task.NextDataSN)
        {
            task.NextDataSN = dataSN;
        }

        task.MayRestart = false;
        int ahead = Serial32.Distance(task.NextDataSN, dataSN);
        if (ahead >= 0)
        {
            for (; task.NextDataSN != dataSN; task.NextDataSN++)
            {
                task.MissingData.Add(task.NextDataSN);
                connection.DataHoles += task.SnackTag == 0 ? 1 : 0;
            }

            task.NextDataSN++;
            BrokenRuleException.Unless(task.SnackTag != 0 || connection.DataHoles <= connection.Spoilt, $"DataSN has no holes (RFC 7143 §11.7.5): {task} goes to {dataSN}");
            return;
        }

        if (!task.MissingData.Remove(dataSN))
        {
            BrokenRuleException.Unless(task.DataAskedAgain, $"a DataSN is used once (RFC 7143 §11.7.5): {dataSN} for {task}");
        }
    }

    private void OnStatus(ScriptedConnection connection, ScriptedTask task, Serial32 statSN, byte status, int sense, uint expDataSN)
    {
        if (status != 0)
        {
            _world.CheckStatus(task, status, sense);
            Ended(task);
            End(task, status == 2 ? $"check condition {sense:X4}" : $"status {status:X2}", sense == SenseBytes.TasksEndedByTransport || sense == SenseBytes.NexusLost || status == 0x28 ? Outcome.Chosen : Outcome.Failed);
            return;
        }

        if (task.DataGivenUp)
        {
            End(task, "data that was spoilt", Outcome.Failed);
            return;
        }

        task.StatusStatSN = statSN;
        task.HasStatus = true;
        task.ProgressAt = Now;
        if (!task.Operation.IsWrite)
        {
            // What the status says is missing at the end (RFC 7143 §7.9).
            for (; task.NextDataSN.Value < expDataSN; task.NextDataSN++)
            {
                task.MissingData.Add(task.NextDataSN);
                connection.DataHoles += task.SnackTag == 0 ? 1 : 0;
            }

            BrokenRuleException.Unless(task.SnackTag != 0 || connection.DataHoles <= connection.Spoilt, $"ExpDataSN counts the Data-In PDUs (RFC 7143 §11.4.8): {expDataSN} for {task}");
            BrokenRuleException.Unless(task.NextDataSN.Value == expDataSN, $"ExpDataSN counts the Data-In PDUs (RFC 7143 §11.4.8): {expDataSN} instead of {task.NextDataSN} for {task}");
        }

        TryFinish(task);
    }

    private void TryFinish(ScriptedTask task)
    {
        if (!task.HasStatus || task.MissingData.Count > 0)
        {
            return;
        }

        Ended(task);
        _world.CheckResult(task);
        End(task, "good status", Outcome.Done);
    }

    private void Ended(ScriptedTask task)
    {
        if (task.DataAskedAgain)
        {
            _restartedData.Add(task.Itt);
        }
    }

    private void OnNopIn(ScriptedConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data)
    {
        Check(NopIn.Parse(new NopInView(bhs), out NopIn ping));
        if (!connection.TakeStatSN(TargetNumbers.Read(bhs).StatSN, ping.InitiatorTaskTag != Bhs.ReservedTag))
        {
            return;
        }

        if (ping.TargetTransferTag != Bhs.ReservedTag)
        {
            if (connection.IsUp)
            {
                connection.Send(new NopOut(true, ping.Lun, Bhs.ReservedTag, ping.TargetTransferTag).Emit, _cmdSN);
            }
        }
        else if (ping.InitiatorTaskTag != Bhs.ReservedTag && !_fillers.Contains(ping.InitiatorTaskTag))
        {
            int at = _pings.FindIndex(it => it.Itt == ping.InitiatorTaskTag);
            BrokenRuleException.Unless(at >= 0 && _pings[at].Connection == connection, $"a ping is answered once, where it came from: itt {ping.InitiatorTaskTag}");
            BrokenRuleException.Unless(data.SequenceEqual(_pings[at].Data), "ping data comes back (RFC 7143 §11.19)");
            _pings.RemoveAt(at);
        }
    }

    private void OnReject(ScriptedConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data)
    {
        Check(Reject.Parse(new RejectView(bhs), out Reject reject));
        if (!connection.TakeStatSN(TargetNumbers.Read(bhs).StatSN, counts: true))
        {
            return;
        }

        BhsView bad = new(data);
        uint itt = bad.InitiatorTaskTag;
        _world.Census.Count($"rejected: {bad.Opcode}, {reject.Reason}");
        Trace.Add($"init    c{connection.Cid}: {bad.Opcode} of itt {itt} was rejected: {reject.Reason}");
        switch (reject.Reason)
        {
            case RejectReason.DataDigestError when bad.Opcode == Opcode.DataOut:
                break; // a recovery R2T follows, or CHECK CONDITION
            case RejectReason.SnackReject when bad.Opcode == Opcode.SnackRequest && itt == Bhs.ReservedTag && connection.NextStatSN - connection.ExpStatSN > KeptResponses:
                Lose(connection, "a response is missing that is not kept any more");
                break;
            case RejectReason.SnackReject when Terms.RereadPercent < 100:
                if (_tasks.TryGetValue(itt, out ScriptedTask? task))
                {
                    End(task, "its data is not kept any more", Outcome.Failed); // RFC 7143 §7.8 a.2
                }

                break;
            case RejectReason.DataDigestError or RejectReason.ImmediateCommandReject or RejectReason.WaitingForLogout when bad.Immediate:
                OnImmediateRejected(itt);
                break;
            case RejectReason.DataDigestError or RejectReason.WaitingForLogout or RejectReason.ImmediateCommandReject when _unacknowledged.Find(it => it.Itt == itt) is { } request:
                request.Rejected = true;
                request.RetryAt = Now; // its number is missing again (RFC 7143 §7.3)
                break;
            case RejectReason.DataDigestError or RejectReason.WaitingForLogout:
                break; // a duplicate of what was acknowledged meanwhile
            default:
                throw new BrokenRuleException($"the simulated initiator keeps to the rules, but {bad.Opcode} of itt {itt} was rejected: {reject.Reason}");
        }
    }

    private void OnImmediateRejected(uint itt)
    {
        _pings.RemoveAll(ping => ping.Itt == itt);
        if (_functions.Find(it => it.Itt == itt) is { } function)
        {
            function.Carrier = null; // it is sent anew
        }

        if (_tasks.TryGetValue(itt, out ScriptedTask? task))
        {
            End(task, "an immediate command was rejected", Outcome.Chosen);
        }
    }

    private void OnAsyncMessage(ScriptedConnection connection, ReadOnlySpan<byte> bhs)
    {
        Check(AsyncMessage.Parse(new AsyncMessageView(bhs), out AsyncMessage message));
        if (!connection.TakeStatSN(TargetNumbers.Read(bhs).StatSN, counts: true))
        {
            return;
        }

        switch (message.Event)
        {
            case AsyncEvent.LogoutRequest:
                if (connection.IsUp)
                {
                    LogOut(connection, connection, _connections.Count(static other => other.IsOpen) > 1 ? LogoutReason.CloseConnection : LogoutReason.CloseSession);
                }

                break;
            case AsyncEvent.ConnectionDrop:
                if (_connections.Find(other => other.Cid == message.Parameter1 && other.IsOpen) is { } dropped && dropped != connection)
                {
                    Lose(dropped, "the target has dropped it");
                }

                break;
            case AsyncEvent.SessionDrop:
                foreach (ScriptedConnection open in _connections.Where(static other => other.IsOpen).ToArray())
                {
                    Lose(open, "the target has dropped the session");
                }

                break;
            case AsyncEvent.TaskTermination:
                connection.Send(new NopOut(true, message.Lun, Bhs.ReservedTag, Bhs.ReservedTag).Emit, _cmdSN);
                break;
        }
    }
}
