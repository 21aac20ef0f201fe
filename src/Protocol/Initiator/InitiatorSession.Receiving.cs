using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>What the target sends about SCSI tasks: data, R2Ts, responses (RFC 7143 §11.4, §11.7, §11.8).</content>
public sealed partial class InitiatorSession
{
    /// <summary>A PDU whose digests are right.</summary>
    /// <param name="connection">Where it came.</param>
    /// <param name="bhs">Its header.</param>
    /// <param name="data">Its data segment; not kept.</param>
    /// <param name="landed">The data segment was received where <see cref="PlanLanding"/> said.</param>
    /// <param name="now">The time.</param>
    /// <param name="effects">What follows.</param>
    public void OnPdu(InitiatorConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data, bool landed, TimeSpan now, IInitiatorEffects effects)
    {
        if (!connection.IsOpen)
        {
            return;
        }

        connection.Probe.OnPdu(now);
        connection.HeardAt = now;
        Opcode opcode = new BhsView(bhs).Opcode;
        TargetNumbers numbers = TargetNumbers.Read(bhs);
        if (!Numbers.Hear(numbers.ExpCmdSN, numbers.MaxCmdSN) && !Follow(numbers))
        {
            Break(connection, "7143/4.2.2.1 only what was sent is acknowledged", now, effects);
            return;
        }

        switch (opcode)
        {
            case Opcode.DataIn:
                OnDataIn(connection, bhs, data, landed, now, effects);
                break;
            case Opcode.ScsiResponse:
                OnScsiResponse(connection, bhs, data, now, effects);
                break;
            case Opcode.ReadyToTransfer:
                OnReadyToTransfer(connection, bhs, now, effects);
                break;
            case Opcode.NopIn:
                OnNopIn(connection, bhs, data, now, effects);
                break;
            case Opcode.TaskManagementResponse:
                OnFunctionResponse(connection, bhs, now, effects);
                break;
            case Opcode.TextResponse:
                OnTextResponse(connection, bhs, data, now, effects);
                break;
            case Opcode.LogoutResponse:
                OnLogoutResponse(connection, bhs, now, effects);
                break;
            case Opcode.Reject:
                OnReject(connection, bhs, data, now, effects);
                break;
            case Opcode.AsyncMessage:
                OnAsyncMessage(connection, bhs, data, now, effects);
                break;
            default:
                Break(connection, "7143/11.2.1.2 the opcode is one that a target sends in the full feature phase", now, effects);
                break;
        }

        Dispatch(now, effects);
    }

    /// <summary>
    /// Where the data segment of a PDU that is about to be received belongs: into the buffer of its task, if it is right as far as the header says. Empty: it has to be
    /// received elsewhere. A share of the task is taken that the shell gives back with <paramref name="hold"/> after <see cref="OnPdu"/>.
    /// </summary>
    /// <remarks>
    /// Only what lies behind all that has come is received in place: were the data spoilt, nothing that is there already would be.
    /// </remarks>
    public Memory<byte> PlanLanding(InitiatorConnection connection, ReadOnlySpan<byte> bhs, out IDisposable? hold)
    {
        hold = null;
        BhsView common = new(bhs);
        if (common.Opcode != Opcode.DataIn || !connection.IsOpen || FindTask(common.InitiatorTaskTag) is not { Place: TaskPlace.Sent } task || task.Connection != connection)
        {
            return default;
        }

        uint offset = new DataInView(bhs).BufferOffset;
        if (offset < task.DataInEnd || offset > (uint)task.DataIn.Length || common.DataSegmentLength > task.DataIn.Length - (int)offset)
        {
            return default;
        }

        hold = connection.Landing.Begin(task);
        return task.DataIn.Slice((int)offset, common.DataSegmentLength);
    }

    private void OnDataIn(InitiatorConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data, bool landed, TimeSpan now, IInitiatorEffects effects)
    {
        PduCheck check = DataIn.Parse(new DataInView(bhs), out DataIn pdu);
        if (!check.IsOk)
        {
            Break(connection, check.Rule, now, effects);
            return;
        }

        Serial32 statSN = TargetNumbers.Read(bhs).StatSN;
        if (pdu.HasStatus && !TakeStatus(connection, statSN, now, effects) && FindTask(pdu.InitiatorTaskTag) is not { DataInArrival.AskedAgain: true })
        {
            return;
        }

        if (!connection.IsOpen || FindTask(connection, pdu.InitiatorTaskTag, "Data-In", effects) is not { } task)
        {
            return;
        }

        if (!task.IsRead || pdu.BufferOffset > (uint)task.DataIn.Length || data.Length > task.DataIn.Length - (int)pdu.BufferOffset)
        {
            Break(connection, "7143/11.7.6 Data-In stays within the expected length of the command", now, effects);
            return;
        }

        switch (task.DataInArrival.Take(pdu.DataSN.Value))
        {
            case StatusArrival.New:
                task.DataInTaken += data.Length;
                break;
            case StatusArrival.Duplicate when !pdu.HasStatus:
                return; // RFC 7143 §7.9: discarded
            case StatusArrival.Implausible:
                Break(connection, "7143/11.7.5 DataSN counts the PDUs of a command", now, effects);
                return;
        }

        if (pdu.BufferOffset > task.DataInEnd && !task.DataInArrival.HasHoles && !task.DataGivenUp && Parameters is { DataPDUInOrder: true, DataSequenceInOrder: true })
        {
            // No number is missing, but bytes are: they would count as read.
            Break(connection, "7143/13.18 Data-In leaves nothing out", now, effects);
            return;
        }

        if (!landed)
        {
            data.CopyTo(task.DataIn.Span[(int)pdu.BufferOffset..]);
        }

        task.DataInEnd = Math.Max(task.DataInEnd, pdu.BufferOffset + (uint)data.Length);
        HoldWhileIncomplete(connection, task, pdu.HasStatus ? statSN : null);
        if (task.DataInArrival.HasHoles && !MendData(task, connection, now, effects))
        {
            return;
        }

        AcknowledgeData(connection, task, pdu);
        if (pdu.HasStatus)
        {
            task.Status = pdu.Status;
            task.ResidualFlags = pdu.ResidualFlags;
            task.Residual = pdu.Residual;
            OnStatus(connection, task, statSN, pdu.DataSN.Value + 1, now, effects);
        }
        else
        {
            TryFinish(connection, task, effects);
        }
    }

    private void OnReadyToTransfer(InitiatorConnection connection, ReadOnlySpan<byte> bhs, TimeSpan now, IInitiatorEffects effects)
    {
        PduCheck check = ReadyToTransfer.Parse(new ReadyToTransferView(bhs), out ReadyToTransfer r2t);
        if (!check.IsOk)
        {
            Break(connection, check.Rule, now, effects);
            return;
        }

        if (!ShowStatus(connection, TargetNumbers.Read(bhs).StatSN, now, effects) || FindTask(connection, r2t.InitiatorTaskTag, "R2T", effects) is not { } task)
        {
            return;
        }

        uint length = r2t.DesiredDataTransferLength;
        if (!task.IsWrite || r2t.BufferOffset > (uint)task.DataOut.Length || length > (uint)task.DataOut.Length - r2t.BufferOffset)
        {
            Break(connection, "7143/11.8.4 an R2T asks for data of the command", now, effects);
            return;
        }

        switch (task.R2TArrival.Take(r2t.R2TSN.Value))
        {
            case StatusArrival.Duplicate:
                return; // RFC 7143 §7.9: discarded
            case StatusArrival.Implausible:
                Break(connection, "7143/11.8.2 R2TSN counts the R2Ts of a command", now, effects);
                return;
        }

        if (task.R2TArrival.HasHoles && Level == 0)
        {
            Break(connection, "7143/11.8.2 R2TSN counts the R2Ts of a command", now, effects);
            return;
        }

        task.R2TCount++;
        if (task.DataOutQueued > MostDataOutQueued(task, connection))
        {
            Break(connection, "7143/13.17 no more R2Ts are outstanding than MaxOutstandingR2T", now, effects);
            return;
        }

        // L7: nothing follows a Logout Request. The target gives the task up anyway.
        if (connection.Carries && !IsQuiet && !task.StopsDataOut)
        {
            SendData(task, connection, r2t.TargetTransferTag, r2t.BufferOffset, length);
            MendData(task, connection, now, effects);
        }
    }

    // A target that asks for the same data again and again without taking it would have us queue without end: twice the whole data is more than recovery ever needs.
    private int MostDataOutQueued(InitiatorTask task, InitiatorConnection connection) =>
        2 * (task.DataOut.Length / Math.Min(connection.Parameters.PeerMaxRecvDataSegmentLength, Parameters.MaxBurstLength) + Parameters.MaxOutstandingR2T + 8);

    private void OnScsiResponse(InitiatorConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data, TimeSpan now, IInitiatorEffects effects)
    {
        PduCheck check = ScsiResponse.Parse(new ScsiResponseView(bhs), out ScsiResponse response);
        if (!check.IsOk)
        {
            Break(connection, check.Rule, now, effects);
            return;
        }

        Serial32 statSN = TargetNumbers.Read(bhs).StatSN;
        bool sentAgain = statSN < connection.Statuses.Next;
        if (!TakeStatus(connection, statSN, now, effects) || FindTask(connection, response.InitiatorTaskTag, "a SCSI Response", effects) is not { } task)
        {
            return;
        }

        task.ResidualFlags = response.ResidualFlags;
        task.Residual = response.Residual;
        task.BidirectionalReadResidual = response.BidirectionalReadResidual;
        if (response.Response != 0)
        {
            // RFC 7143 §11.4.3: the command was not completed at the target.
            EndTask(task, RequestEnd.Lost, $"the target answered with iSCSI response {response.Response:X2} instead of a SCSI status (RFC 7143 §11.4.3)", true, effects);
            return;
        }

        task.Status = response.Status;
        task.Sense = SenseOf(data);
        if (sentAgain && LacksData(task, response))
        {
            // The status was lost inside a Data-In PDU. A target has to count that PDU (§11.4.8); Linux's target says 0, so that nobody can ask for the data.
            effects.Note(connection, Deviation.Ignored("7143/11.4.8 ExpDataSN counts the Data-In PDUs"));
            RepeatOrEnd(task, RequestEnd.DataLost, "data of the command was lost on the way and the target does not say how much (RFC 7143 §11.4.8)", effects);
            return;
        }

        bool tells = Level > 0 && task.IsRead && response.Status == 0;
        OnStatus(connection, task, statSN, tells ? EndOfData(task, response.ExpDataSN.Value) : task.DataInArrival.Next, now, effects);
    }

    // §11.4.8: it counts Data-In PDUs, whose numbers R2Ts share in a bidirectional command; RFC 3720 counted both. At level 0 nothing can be missing that TCP has not lost, and
    // some targets do not count.
    private static uint EndOfData(InitiatorTask task, uint count)
    {
        if (!task.IsWrite)
        {
            return count;
        }

        bool underflows = (task.ResidualFlags & ResidualFlags.BidirectionalReadUnderflow) != ResidualFlags.None;
        uint expected = (uint)task.DataIn.Length - (underflows ? Math.Min(task.BidirectionalReadResidual, (uint)task.DataIn.Length) : 0);
        bool isWhole = count == task.DataInArrival.Next && task.DataInEnd >= expected;
        return isWhole || task.DataInArrival.HasRestarted ? task.DataInArrival.Next : count + task.R2TCount;
    }

    // Without a residual GOOD means that all has been sent (RFC 7143 §11.4.5), and no PDU is known to be missing.
    private static bool LacksData(InitiatorTask task, in ScsiResponse response) =>
        task is { IsRead: true, IsWrite: false, Status: 0, DataInArrival.HasHoles: false } && (response.ResidualFlags & ResidualFlags.Underflow) == ResidualFlags.None
        && task.DataInEnd < (uint)task.DataIn.Length && response.ExpDataSN.Value <= task.DataInArrival.Next;

    // RFC 7143 §11.4.7: SenseLength, sense data, response data.
    private static ReadOnlyMemory<byte> SenseOf(ReadOnlySpan<byte> data)
    {
        if (data.Length < 2)
        {
            return default;
        }

        int length = Math.Min((data[0] << 8) | data[1], data.Length - 2);
        return length > 0 ? data.Slice(2, length).ToArray() : default(ReadOnlyMemory<byte>);
    }

    private void OnStatus(InitiatorConnection connection, InitiatorTask task, Serial32 statSN, uint endDataSN, TimeSpan now, IInitiatorEffects effects)
    {
        task.HeldStatSN = statSN;
        if (task.Status == 0 && task.IsRead)
        {
            if (!task.DataInArrival.EndsAt(endDataSN))
            {
                effects.Note(connection, Deviation.Ignored("7143/11.4.8 ExpDataSN counts the Data-In PDUs"));
            }

            HoldWhileIncomplete(connection, task, statSN);
            if (task.DataInArrival.HasHoles && !MendData(task, connection, now, effects))
            {
                return;
            }
        }

        TryFinish(connection, task, effects);
    }

    // RFC 7143 §7.9: a status is not acknowledged before its data is complete, not even by the SNACK that asks for the data.
    private static void HoldWhileIncomplete(InitiatorConnection connection, InitiatorTask task, Serial32? statSN)
    {
        if (statSN is { } number && task.DataInArrival.HasHoles)
        {
            connection.Statuses.Hold(number);
        }
    }

    private void TryFinish(InitiatorConnection connection, InitiatorTask task, IInitiatorEffects effects)
    {
        if (task.HeldStatSN is not { } statSN)
        {
            return;
        }

        if (task.Status == 0 && task.DataInArrival.HasHoles && !task.DataGivenUp)
        {
            HoldWhileIncomplete(connection, task, statSN);
            return;
        }

        if (task.DataGivenUp && task.Status == 0 && (task.DataInArrival.HasHoles || Level == 0))
        {
            RepeatOrEnd(task, RequestEnd.DataLost, "data of the command was lost on the way and the target could not send it again (RFC 7143 §7.8)", effects);
            return;
        }

        if (task.DataInTaken < task.DataInEnd)
        {
            if (task.Status == 0)
            {
                EndTask(task, RequestEnd.Lost, "the target left out a part of the data in the middle and answered GOOD (RFC 7143 §11.7.4)", true, effects);
                return;
            }

            task.DataInEnd = 0; // nobody knows what of it is there
        }

        uint expected = (uint)task.DataIn.Length;
        task.DataInBytes = (int)Math.Min(task.DataInEnd, expected);
        EndTask(task, RequestEnd.Answered, "", false, effects);
    }

    // A target that counts immediate requests waits for later numbers than ours (PeerQuirks.CountsImmediateRequests).
    private bool Follow(in TargetNumbers numbers) =>
        (Options.Quirks & PeerQuirks.CountsImmediateRequests) != PeerQuirks.None && Numbers.Skip(numbers.ExpCmdSN) && Numbers.Hear(numbers.ExpCmdSN, numbers.MaxCmdSN);

    /// <summary>The task that a PDU is about, if it is one that may get PDUs on this connection.</summary>
    private InitiatorTask? FindTask(InitiatorConnection connection, uint tag, string what, IInitiatorEffects effects)
    {
        InitiatorTask? task = FindTask(tag);
        if (task is { Place: TaskPlace.Unassigned or TaskPlace.Reassigning } && IsAbortedOn(task, connection))
        {
            // RFC 7143 §7.11: it had ended before, and its status precedes the answer to ABORT TASK, on the connection of that. Data of a read would have to be asked for yet.
            if (task.IsRead)
            {
                return null;
            }

            task.Place = TaskPlace.Sent;
            Attach(task, connection);
        }

        if (task is { Place: TaskPlace.Sent } && task.Connection == connection)
        {
            return task;
        }

        if (task is null && Level > 0 && _requests.WasUsed(tag))
        {
            return null; // what was asked for more than once may come after its task has ended
        }

        effects.Note(connection, Deviation.Ignored(
            task is null ? $"7143/4.2.5.3 {what} is for a task that there is" : $"7143/4.2.5.1 {what} comes on the connection that the task is allegiant to"));
        return null;
    }

    /// <summary>The target broke a rule so that the connection cannot be trusted.</summary>
    private void Break(InitiatorConnection connection, string rule, TimeSpan now, IInitiatorEffects effects)
    {
        effects.Note(connection, Deviation.Lost(rule));
        Lose(connection, $"the target broke a rule: RFC {rule}", now, effects);
    }
}
