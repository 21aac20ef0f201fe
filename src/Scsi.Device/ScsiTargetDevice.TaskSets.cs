using Blockwire.Scsi;

namespace Blockwire.Scsi.Device;

/// <content>What becomes of tasks when one of them ends, and when others end them (SAM-5 §5.6, §5.9). The transport has the tasks; what it is to do with them is decided here.</content>
public sealed partial class ScsiTargetDevice
{
    /// <summary>
    /// A command is about to end, with whatever status: it may establish an auto contingent allegiance or clear one. The transport calls this where the status is not GOOD or
    /// the command has the ACA attribute; elsewhere it changes nothing.
    /// </summary>
    /// <param name="command">The command; <see cref="ScsiCommand.TellsOfAllegiance"/> is set.</param>
    /// <param name="status">Its status; the transport may have given it another than the device server.</param>
    /// <returns>What is to become of the other tasks of its task set.</returns>
    public OtherTasks Ended(ScsiCommand command, ScsiStatus status)
    {
        if (command.Unit is not { } unit)
        {
            return OtherTasks.GoOn;
        }

        if (status == ScsiStatus.CheckCondition && (command.HasNaca || command.Attribute == TaskAttribute.Aca) && unit.NoteCheckCondition(command))
        {
            TaskSets?.GoOn(unit.Lun);
        }

        if (command.Attribute == TaskAttribute.Aca)
        {
            unit.LeaveAllegiance(command);
        }

        if (unit.Modes.TellsOfStatuses && AttentionFor(status) is { } attention)
        {
            unit.Attend(command.Nexus, attention);
        }

        return status != ScsiStatus.CheckCondition ? OtherTasks.GoOn : unit.Modes.EndedByCheckCondition;
    }

    /// <summary>Does an auto contingent allegiance keep a command, which is in the task set, from going on now? When none does any more the transport hears of it (<see cref="ITaskSets.GoOn"/>).</summary>
    public static bool IsBlocked(ScsiCommand command) => command.Unit is { HasAllegiance: true } unit && unit.Blocks(command);

    /// <summary>CLEAR ACA (SAM-5 §7.4): ends the allegiance of the nexus that asks. Nothing happens when it has none.</summary>
    /// <param name="lun">The LUN field.</param>
    /// <param name="by">The nexus that asked.</param>
    public void ClearAca(ulong lun, Nexus by)
    {
        if (FindUnit(lun) is { } unit && unit.TryEndAllegiance(by.Name))
        {
            TaskSets?.GoOn(unit.Lun);
        }
    }

    /// <summary>Have tasks of a logical unit that another nexus ends the status TASK ABORTED (TAS, SAM-5 §5.6)?</summary>
    /// <param name="lun">The LUN field.</param>
    public bool AnswersAborted(ulong lun) => FindUnit(lun) is { Modes.AnswersAborted: true };

    /// <summary>Has each nexus a task set of its own (TST), so that CLEAR TASK SET reaches no other's?</summary>
    /// <param name="lun">The LUN field.</param>
    public bool HasTaskSetPerNexus(ulong lun) => FindUnit(lun) is { Modes.TaskSetPerNexus: true };

    /// <summary>The transport ended tasks of a nexus with a connection; the nexus lives on and hears of it (RFC 7143 §11.14.5).</summary>
    /// <param name="lun">The LUN field that the tasks were for.</param>
    /// <param name="victim">The nexus.</param>
    public void TasksEndedByTransport(ulong lun, Nexus victim) => FindUnit(lun)?.Attend(victim, Sense.CommandsClearedByIscsiEvent);

    /// <summary>A function or command of one nexus took tasks of another without an answer, which hears of it (SAM-5 §5.6).</summary>
    /// <param name="lun">The LUN field.</param>
    /// <param name="by">The nexus that asked.</param>
    /// <param name="victim">A nexus that lost tasks; nothing happens when it is <paramref name="by"/> itself.</param>
    public void TasksCleared(ulong lun, Nexus by, Nexus victim)
    {
        if (!ReferenceEquals(by, victim))
        {
            FindUnit(lun)?.Attend(victim, Sense.CommandsClearedByAnotherInitiator);
        }
    }

    private static bool EntersTaskSet(ScsiCommand command, LogicalUnit unit)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        bool preempts = cdb[0] == OperationCode.PersistentReserveOut && cdb.Length > 1
            && (cdb[1] & CommandTable.ServiceActionMask) == (byte)ReservationAction.PreemptAndAbort;
        switch (unit.JudgeAllegiance(command, preempts))
        {
            case AllegianceVerdict.Enter:
                return true;
            case AllegianceVerdict.InvalidAttribute:
                return Refuse(command, Sense.InvalidMessageError);
            case AllegianceVerdict.Busy:
                command.Complete(ScsiStatus.Busy);
                return false;
            default:
                command.Complete(ScsiStatus.AcaActive);
                return false;
        }
    }

    // UA_INTLCK_CTRL = 11b (SPC-4 §7.5.8).
    private static SenseData? AttentionFor(ScsiStatus status) => status switch
    {
        ScsiStatus.Busy => Sense.PreviousBusyStatus,
        ScsiStatus.TaskSetFull => Sense.PreviousTaskSetFullStatus,
        ScsiStatus.ReservationConflict => Sense.PreviousReservationConflictStatus,
        _ => null,
    };
}
