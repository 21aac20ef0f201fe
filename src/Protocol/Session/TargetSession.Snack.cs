using System.Buffers;
using System.Diagnostics;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>SNACK: data, R2Ts and responses are sent again, and data is acknowledged (RFC 7143 §11.16, §7.8).</content>
public sealed partial class TargetSession
{
    // PDUs that wait on a connection, and SNACKs that wait for a task's data, beyond which no more are sent again.
    private const int MostQueuedPdus = 1024;
    private const int MostReplays = 16;

    private void OnSnack(TargetConnection connection, ReadOnlySpan<byte> header, ITargetEffects effects)
    {
        PduCheck check = SnackRequest.Parse(new SnackRequestView(header), out SnackRequest snack);
        if (!check.IsOk)
        {
            Deviate(connection, header, Deviation.From(check), effects);
            return;
        }

        Acknowledge(connection, InitiatorNumbers.Read(header).ExpStatSN, effects);
        if (!Recovers)
        {
            RefuseSnack(connection, header, snack, "7143/7.1.5 SNACK at recovery level 0", effects);
            return;
        }

        if (snack.Type != SnackType.DataAck && connection.OutgoingCount >= MostQueuedPdus)
        {
            // What is asked for again and again waits to be sent already; the SNACK may be sent again too (RFC 7143 §11.17.1).
            Deviate(connection, header, Deviation.Rejected(RejectReason.SnackReject, "7143/11.16 more SNACKs than the connection carries answers"), effects);
            return;
        }

        switch (snack.Type)
        {
            case SnackType.DataOrR2T:
                OnDataSnack(connection, header, snack, effects);
                break;
            case SnackType.Status:
                OnStatusSnack(connection, header, snack, effects);
                break;
            case SnackType.DataAck:
                OnDataAcknowledged(connection, header, snack, effects);
                break;
            case SnackType.RData:
                OnResegmentingSnack(connection, header, snack, effects);
                break;
            default:
                throw new UnreachableException();
        }
    }

    // RFC 7143 §7.8 a: what cannot be sent again is refused, and a command that has no status yet ends with "SNACK rejected".
    private void RefuseSnack(TargetConnection connection, ReadOnlySpan<byte> header, in SnackRequest snack, string rule, ITargetEffects effects)
    {
        Deviate(connection, header, Deviation.Rejected(RejectReason.SnackReject, rule), effects);
        if (snack.Type is SnackType.DataOrR2T or SnackType.RData
            && _tasks.TryGetValue(snack.InitiatorTaskTag, out TargetTask? task)
            && task.Connection == connection && task.State == TaskState.Receiving && Wanted(task))
        {
            task.Failure = IscsiCondition.SnackRejected;
            Advance(task, effects);
        }
    }

    // RFC 7143 §11.16: not sent yet, or acknowledged already. To a Data/R2T SNACK the next number of the task is told (§11.17.2).
    private static void RejectRun(TargetConnection connection, ReadOnlySpan<byte> header, ITargetEffects effects, uint nextDataSN = 0)
    {
        effects.Note(connection, Deviation.Rejected(RejectReason.ProtocolError, "7143/11.16 SNACK for what was not sent or is acknowledged"));
        SendReject(connection, header, RejectReason.ProtocolError, effects, nextDataSN);
    }

    private void OnStatusSnack(TargetConnection connection, ReadOnlySpan<byte> header, in SnackRequest snack, ITargetEffects effects)
    {
        bool all = snack is { BegRun: 0, RunLength: 0 };
        Serial32 first = all ? connection.AcknowledgedStatSN : new Serial32(snack.BegRun);
        uint waiting = connection.NextStatSN - connection.AcknowledgedStatSN;
        uint before = first - connection.AcknowledgedStatSN;
        uint count = snack.RunLength == 0 ? waiting - before : snack.RunLength;
        if (before > waiting || count > waiting - before || (count == 0 && !all))
        {
            RejectRun(connection, header, effects);
            return;
        }

        if (count > 0 && !connection.Statuses!.Holds(first))
        {
            Deviate(connection, header, Deviation.Rejected(RejectReason.SnackReject, "7143/11.16 the response is not kept any more"), effects);
            return;
        }

        for (; count > 0; count--, first++)
        {
            SendAgain(connection, first, effects.Pool);
        }
    }

    // An exact replica, but for the numbers that have to be current (RFC 7143 §11.16).
    private static void SendAgain(TargetConnection connection, Serial32 statSN, MemoryPool<byte> pool)
    {
        StatusLog log = connection.Statuses!;
        Span<byte> bhs = AddCopy(connection, log.Data(statSN), pool);
        log.Header(statSN).CopyTo(bhs);
        connection.StampAgain(bhs, statSN);
    }

    private void OnDataSnack(TargetConnection connection, ReadOnlySpan<byte> header, in SnackRequest snack, ITargetEffects effects)
    {
        if (_tasks.TryGetValue(snack.InitiatorTaskTag, out TargetTask? active) && active.Connection == connection)
        {
            // All data goes out together with its status: before that only R2Ts have been sent.
            if (active.State is TaskState.Held || active.Aborted || !ResendR2Ts(active, snack.BegRun, snack.RunLength))
            {
                RejectRun(connection, header, effects, active.Out.NextR2TSN);
            }

            return;
        }

        if (!_answered.TryGetValue(snack.InitiatorTaskTag, out TargetTask? task) || task.Connection != connection)
        {
            RejectRun(connection, header, effects);
            return;
        }

        DataInLayout layout = task.In.Layout;
        bool all = snack is { BegRun: 0, RunLength: 0 };
        uint first = all ? task.In.AcknowledgedDataSN : snack.BegRun;
        uint left = layout.EndDataSN - first;
        uint count = snack.RunLength == 0 ? left : snack.RunLength;
        if (first < task.In.AcknowledgedDataSN || first > layout.EndDataSN || count > left || (count == 0 && !all))
        {
            RejectRun(connection, header, effects, layout.EndDataSN);
            return;
        }

        if (count > 0)
        {
            Replay(task, new Replay(ReplayKind.Pieces, first, first + count, header.ToArray()), effects);
        }
    }

    private void OnDataAcknowledged(TargetConnection connection, ReadOnlySpan<byte> header, in SnackRequest snack, ITargetEffects effects)
    {
        if (!_acknowledgeTags.TryGetValue(snack.TargetTransferTag, out TargetTask? task)
            || task.Connection != connection
            || task.Lun != snack.Lun
            || snack.BegRun > task.In.Layout.EndDataSN
            || snack.BegRun < task.In.FirstDataSN)
        {
            Deviate(connection, header, Deviation.Rejected(RejectReason.InvalidDataAck, "7143/11.16.2 DataACK that fits no data"), effects);
            return;
        }

        task.In.AcknowledgedDataSN = Math.Max(task.In.AcknowledgedDataSN, snack.BegRun);
        if (task.In.AcknowledgedDataSN == task.In.Layout.EndDataSN)
        {
            DropKept(task); // nothing of it can be asked for again
            task.ReleaseDataIn();
            task.In.Layout = task.In.Layout with { FirstDataSN = task.In.Layout.EndDataSN, FirstOffset = task.In.Layout.EndOffset };
        }
    }

    private void OnResegmentingSnack(TargetConnection connection, ReadOnlySpan<byte> header, in SnackRequest snack, ITargetEffects effects)
    {
        if (_tasks.TryGetValue(snack.InitiatorTaskTag, out TargetTask? active) && active.Connection == connection && active.State != TaskState.Held)
        {
            active.In.SnackTag = snack.TargetTransferTag; // no data was sent yet: when it is, it is cut as it has to be
            return;
        }

        if (!_answered.TryGetValue(snack.InitiatorTaskTag, out TargetTask? task) || task.Connection != connection)
        {
            RejectRun(connection, header, effects);
            return;
        }

        task.In.SnackTag = snack.TargetTransferTag;
        Replay(task, new Replay(ReplayKind.Resegmented, 0, 0, header.ToArray()), effects);
    }

    // RFC 7143 §11.16.3: the response again, with the same StatSN and the tag of the R-Data SNACK.
    private static void SendStatusAgain(TargetTask task, ITargetEffects effects)
    {
        Span<byte> kept = task.Connection.Statuses!.Header(task.In.StatusSN);
        _ = ScsiResponse.Parse(new ScsiResponseView(kept), out ScsiResponse response);
        TargetNumbers numbers = TargetNumbers.Read(kept);
        (response with { SnackTag = task.In.SnackTag, ExpDataSN = ExpDataSNOf(task) }).Emit(kept);
        numbers.Write(kept);
        SendAgain(task.Connection, task.In.StatusSN, effects.Pool);
    }
}
