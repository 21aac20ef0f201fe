using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>Data from the initiator, unsolicited and solicited, and the R2Ts that ask for it (RFC 7143 §4.2.5.2, §11.7, §11.8).</content>
public sealed partial class TargetSession
{
    // Says where a Data-Out should land, without changing anything: OnDataOut judges it again when it is complete.
    private Memory<byte> PlanDataOut(TargetConnection connection, ReadOnlySpan<byte> header, int lengthBytes)
    {
        if (!DataOut.Parse(new DataOutView(header), out DataOut pdu).IsOk
            || !_tasks.TryGetValue(pdu.InitiatorTaskTag, out TargetTask? task)
            || task.Connection != connection
            || task.State != TaskState.Receiving
            || !Wanted(task)
            || task.Out.Check(pdu, task.Lun, lengthBytes) is not null
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

        if (task.Out.Check(pdu, task.Lun, data.Length) is { } wrong)
        {
            if (!task.Aborted && task.Failure is null)
            {
                task.Failure = wrong.Condition;
                Deviate(connection, header, Deviation.Rejected(RejectReason.InvalidPduField, wrong.Rule), effects);
            }
        }
        else
        {
            Land(task, pdu, ref data, effects);
            task.Out.Advance(pdu, data.Length);
        }

        EndSequence(task, pdu, effects);
    }

    // A Data-Out whose payload is spoilt, and has been rejected: the command fails when the rest of its data has come (RFC 7143 §7.8 b).
    private void OnSpoiltDataOut(TargetConnection connection, ReadOnlySpan<byte> header, int lengthBytes, ITargetEffects effects)
    {
        if (!DataOut.Parse(new DataOutView(header), out DataOut pdu).IsOk
            || !_tasks.TryGetValue(pdu.InitiatorTaskTag, out TargetTask? task)
            || task.Connection != connection)
        {
            return;
        }

        task.Failure ??= IscsiCondition.ProtocolServiceCrcError;
        if (task.Out.Check(pdu, task.Lun, lengthBytes) is null)
        {
            task.Out.Advance(pdu, lengthBytes);
        }

        EndSequence(task, pdu, effects);
    }

    private void EndSequence(TargetTask task, in DataOut pdu, ITargetEffects effects)
    {
        if (pdu.Final && task.Out.Knows(pdu.TargetTransferTag) && !task.Out.Close(pdu.TargetTransferTag) && !task.Aborted)
        {
            task.Failure ??= IscsiCondition.IncorrectAmountOfData;
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

    // The connection is gone: what was asked for will not come. What has come in order stays.
    private static void StopSolicited(TargetTask task) => task.Out.Stop();

    // After a reassignment: everything that is missing is asked for, with numbers from where the initiator is.
    private void ContinueDataOut(TargetTask task, uint nextR2TSN, ITargetEffects effects)
    {
        task.Out.NextR2TSN = nextR2TSN;
        foreach ((uint offset, uint length) in task.Out.TakeMissing())
        {
            SendR2T(task, offset, length);
        }

        Advance(task, effects);
    }

    // The R2Ts of a Data/R2T SNACK. False: one was not sent, or its data has come.
    private bool ResendR2Ts(TargetTask task, uint begin, uint run)
    {
        _ = (task, begin, run, _now);
        return false;
    }

    private void SendR2Ts(TargetTask task)
    {
        int allowed = Math.Min(Parameters.MaxOutstandingR2T, DataOutProgress.MaxOutstandingR2T);
        while (task.Out.NextR2TOffset < task.Out.Accepted && task.Out.Outstanding < allowed)
        {
            uint offset = task.Out.NextR2TOffset;
            uint length = Math.Min((uint)Parameters.MaxBurstLength, task.Out.Accepted - offset);
            SendR2T(task, offset, length);
        }
    }

    private void SendR2T(TargetTask task, uint offset, uint length)
    {
        uint tag = NewTag();
        ReadyToTransfer r2t = new(task.Lun, task.InitiatorTaskTag, tag, new Serial32(task.Out.NextR2TSN), offset, length);
        task.Out.Solicit(tag, offset, length);
        Span<byte> bhs = task.Connection.Outgoing.Add();
        r2t.Emit(bhs);
        task.Connection.StampNext(bhs);
    }
}
