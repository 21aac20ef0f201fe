using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>Data from the initiator, unsolicited and solicited, and the R2Ts that ask for it (RFC 7143 §4.2.5.2, §11.7, §11.8).</content>
public sealed partial class TargetSession
{
    private bool Recovers => Parameters.ErrorRecoveryLevel > 0;

    private DataOutRules DataOutRules => new(Parameters.DataPDUInOrder, Recovers);

    // Says where a Data-Out should land, without changing anything: OnDataOut judges it again when it is complete.
    private Memory<byte> PlanDataOut(TargetConnection connection, ReadOnlySpan<byte> header, int lengthBytes)
    {
        if (!DataOut.Parse(new DataOutView(header), out DataOut pdu).IsOk
            || !_tasks.TryGetValue(pdu.InitiatorTaskTag, out TargetTask? task)
            || task.Connection != connection
            || task.State != TaskState.Receiving
            || !Wanted(task)
            || task.Out.Check(pdu, task.Lun, lengthBytes, DataOutRules) is not null
            || (long)pdu.BufferOffset + lengthBytes > Math.Min(task.Out.Accepted, (uint)task.Out.Buffer.Length))
        {
            return default;
        }

        connection.LandingTask = task;
        return task.Out.Buffer.Slice((int)pdu.BufferOffset, lengthBytes);
    }

    // The shell has stopped receiving into a task's memory: a task that was ended meanwhile may go.
    private void EndLanding(TargetConnection connection, ITargetEffects effects)
    {
        connection.StrandedLanding?.Dispose();
        connection.StrandedLanding = null;
        if (connection.LandingTask is { } task)
        {
            connection.LandingTask = null;
            if (task.Aborted && !(task.AwaitsData && task.Out.Outstanding > 0))
            {
                Conclude(task, effects);
            }
        }
    }

    private void OnDataOut(TargetConnection connection, ReadOnlySpan<byte> header, ref DataSegment data, ITargetEffects effects)
    {
        PduCheck check = DataOut.Parse(new DataOutView(header), out DataOut pdu);
        if (!check.IsOk)
        {
            Deviate(connection, header, Deviation.From(check), effects);
            return;
        }

        Acknowledge(connection, InitiatorNumbers.Read(header).ExpStatSN, effects);
        connection.HeardDataAt = _now;
        if (IsForTerminatedTask(connection, pdu))
        {
            return; // RFC 7143 §4.2.3.4 c
        }

        if (!_tasks.TryGetValue(pdu.InitiatorTaskTag, out TargetTask? task))
        {
            // The task has ended, or its command was never taken: what the initiator had on its way is dropped.
            effects.Note(connection, Deviation.Ignored("7143/11.7 data for a task that is not here"));
            return;
        }

        if (task.Connection != connection)
        {
            Deviate(connection, header, Deviation.Rejected(RejectReason.InvalidPduField, "7143/4.2.5.1 data on another connection than its command's"), effects);
            return;
        }

        if (task.Out.Check(pdu, task.Lun, data.Length, DataOutRules) is { } wrong)
        {
            if (wrong.Condition is null)
            {
                effects.Note(connection, Deviation.Ignored(wrong.Rule));
                return;
            }

            if (!task.Aborted && task.Failure is null)
            {
                task.Failure = wrong.Condition;
                Deviate(connection, header, Deviation.Rejected(RejectReason.InvalidPduField, wrong.Rule), effects);
            }
        }
        else
        {
            Land(task, pdu, ref data, effects);
            Count(task, pdu, data.Length, arrived: true);
        }

        EndSequence(task, pdu, effects);
    }

    // A Data-Out whose payload is spoilt, and has been rejected. At recovery level 0 the command fails when the rest of its data has come (RFC 7143 §7.8 b); above, the
    // data is asked for again when its sequence has ended (§7.8 a).
    private void OnSpoiltDataOut(TargetConnection connection, ReadOnlySpan<byte> header, int lengthBytes, ITargetEffects effects)
    {
        connection.HeardDataAt = _now;
        if (!DataOut.Parse(new DataOutView(header), out DataOut pdu).IsOk
            || !_tasks.TryGetValue(pdu.InitiatorTaskTag, out TargetTask? task)
            || task.Connection != connection
            || IsForTerminatedTask(connection, pdu))
        {
            return;
        }

        bool fits = task.Out.Check(pdu, task.Lun, lengthBytes, DataOutRules) is null;
        if (!Recovers)
        {
            task.Failure ??= IscsiCondition.ProtocolServiceCrcError;
        }
        else if (!fits)
        {
            return; // as if it had not come
        }

        if (fits)
        {
            Count(task, pdu, lengthBytes, arrived: !Recovers);
        }

        EndSequence(task, pdu, effects);
    }

    private void Count(TargetTask task, in DataOut pdu, int lengthBytes, bool arrived)
    {
        if (!task.Out.Take(pdu, lengthBytes, arrived, _now))
        {
            task.Failure ??= IscsiCondition.ProtocolServiceCrcError;
        }
    }

    private void EndSequence(TargetTask task, in DataOut pdu, ITargetEffects effects)
    {
        if (pdu.Final && task.Out.Knows(pdu.TargetTransferTag))
        {
            JudgeEnd(task, task.Out.Close(pdu.TargetTransferTag), IscsiCondition.IncorrectAmountOfData, effects);
        }

        if (task.State == TaskState.Held)
        {
            return; // its turn comes with the missing command
        }

        Advance(task, effects);
    }

    private static bool Wanted(TargetTask task) => !task.Aborted && task.Failure is null;

    private void Land(TargetTask task, in DataOut pdu, ref DataSegment data, ITargetEffects effects)
    {
        if (data.Landed || !Wanted(task) || data.Length == 0)
        {
            return;
        }

        // Before delivery nobody knows how much the command takes: unsolicited data is kept up to the first burst.
        uint limit = task.State == TaskState.Held ? Math.Min(task.ExpectedDataOut, (uint)Parameters.FirstBurstLength) : task.Out.Accepted;
        if (pdu.BufferOffset >= limit)
        {
            return;
        }

        if (task.State == TaskState.Held && effects.MemoryIsTight)
        {
            task.TurnedAway = true;
        }

        if (task.TurnedAway)
        {
            return;
        }

        int length = (int)Math.Min((uint)data.Length, limit - pdu.BufferOffset);
        task.Out.EnsureBuffer(pdu.BufferOffset + (uint)length, effects.Pool);
        data.Memory.Span[..length].CopyTo(task.Out.Buffer.Span[(int)pdu.BufferOffset..]);
    }

    private void SendR2Ts(TargetTask task)
    {
        // RFC 7143 §13.19: with recovery and sequences in order only the last R2T can be retried, so no other may be out beside it.
        int allowed = Recovers && Parameters.DataSequenceInOrder ? 1 : Math.Min(Parameters.MaxOutstandingR2T, DataOutProgress.MaxOutstandingR2T);
        while (task.Out.Outstanding < allowed && task.Out.TryTakeWanted((uint)Parameters.MaxBurstLength, out (uint Begin, uint End, byte Rounds) range))
        {
            uint tag = NewTag();
            SendR2T(task, new SentR2T(task.Out.NextR2TSN, tag, range.Begin, range.End - range.Begin));
            task.Out.Solicit(tag, range, _now);
        }
    }

    private static void SendR2T(TargetTask task, in SentR2T r2t)
    {
        Span<byte> bhs = task.Connection.Outgoing.Add();
        new ReadyToTransfer(task.Lun, task.InitiatorTaskTag, r2t.TargetTransferTag, new Serial32(r2t.R2TSN), r2t.Offset, r2t.LengthBytes).Emit(bhs);
        task.Connection.StampNext(bhs);
    }
}
