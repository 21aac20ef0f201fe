using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>
/// FastAbort (RFC 7143 §4.2.3.4, §11.9.1 event 5): a multi-task function does not wait for data that was asked for. The initiator is told by an Asynchronous Message, and
/// the Target Transfer Tags stay valid until it has answered with a NOP-Out: data that comes for them meanwhile is taken without a word.
/// </content>
public sealed partial class TargetSession
{
    // The oldest are forgotten: an initiator that ends tasks and never answers must not fill the memory.
    private const int MaxTerminated = 1024;

    private readonly List<TerminatedTask> _terminated = [];

    private bool HasFastAbort => Parameters.TaskReporting == TaskReporting.FastAbort;

    // RFC 7143 §4.2.3.4 d: one message for each unit on each connection that has at least one of the tasks, except where the function came from: there the initiator has
    // stopped by itself (a of its part). Before the tasks are ended, because ended they are gone.
    private void AnnounceTermination(List<TargetTask> tasks, TargetConnection? issuing, ITargetEffects effects)
    {
        List<(TargetConnection Connection, ulong Lun, Serial32 StatSN)> told = [];
        foreach (TargetTask task in tasks)
        {
            TargetConnection connection = task.Connection;
            if (connection == issuing || !connection.Carries)
            {
                continue;
            }

            int at = told.FindIndex(it => it.Connection == connection && effects.IsSameUnit(it.Lun, task.Lun));
            if (at < 0)
            {
                at = told.Count;
                told.Add((connection, task.Lun, connection.NextStatSN));
                SendMessage(connection, new AsyncMessage(task.Lun, AsyncEvent.TaskTermination, 0, 0, 0, 0));
            }

            if (!task.Out.Quiet)
            {
                KeepTags(new(connection, task.InitiatorTaskTag, told[at].Lun, told[at].StatSN, new Serial32(_nextTag), _now));
            }
        }
    }

    private void KeepTags(in TerminatedTask terminated)
    {
        if (_terminated.Count == MaxTerminated)
        {
            _terminated.RemoveAt(0);
        }

        _terminated.Add(terminated);
    }

    // RFC 7143 §4.2.3.4 g: the NOP-Out that acknowledges the message, with a copy of its LUN (§11.9.1), frees the tags.
    private void FreeTags(TargetConnection connection, ulong lun, ITargetEffects effects)
    {
        for (int i = _terminated.Count - 1; i >= 0; i--)
        {
            TerminatedTask task = _terminated[i];
            if (task.Connection == connection && task.StatSN < connection.AcknowledgedStatSN && effects.IsSameUnit(task.Lun, lun))
            {
                _terminated.RemoveAt(i);
            }
        }
    }

    // Is this data for a task that was ended in mid-transfer? Its tag may name another task by now, which only has tags that were given later.
    private bool IsForTerminatedTask(TargetConnection connection, in DataOut pdu)
    {
        if (_terminated.Count == 0)
        {
            return false;
        }

        foreach (TerminatedTask terminated in _terminated)
        {
            if (terminated.Connection == connection && terminated.InitiatorTaskTag == pdu.InitiatorTaskTag)
            {
                return pdu.TargetTransferTag == Bhs.ReservedTag
                    ? !_tasks.ContainsKey(pdu.InitiatorTaskTag)
                    : new Serial32(pdu.TargetTransferTag) <= terminated.LastTag;
            }
        }

        return false;
    }

    private void CheckTerminatedDeadline(TimeSpan now, ITargetEffects effects)
    {
        for (int i = _terminated.Count - 1; i >= 0; i--)
        {
            TargetConnection connection = _terminated[i].Connection;
            TimeSpan since = connection.TookAnswersAt > _terminated[i].Since ? connection.TookAnswersAt : _terminated[i].Since;
            if (!connection.IsUp)
            {
                _terminated.RemoveAt(i);
            }
            else if (now - since > _options.ProbePatience)
            {
                effects.Note(connection, Deviation.Ignored("7143/11.9.1 the initiator does not answer the message that its tasks are being ended"));
                _terminated.RemoveAt(i);
            }
        }
    }

    /// <summary>A task that was ended while data was on its way.</summary>
    /// <param name="Connection">The connection of the task.</param>
    /// <param name="InitiatorTaskTag">Its tag.</param>
    /// <param name="Lun">Its unit, as the message spelled it.</param>
    /// <param name="StatSN">StatSN of the message.</param>
    /// <param name="LastTag">The last Target Transfer Tag that was given when it ended: its own are not later.</param>
    /// <param name="Since">When it was ended.</param>
    private readonly record struct TerminatedTask(
        TargetConnection Connection, uint InitiatorTaskTag, ulong Lun, Serial32 StatSN, Serial32 LastTag, TimeSpan Since);
}
