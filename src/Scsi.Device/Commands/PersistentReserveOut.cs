using Blockwire.Scsi.Device.Reservations;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>PERSISTENT RESERVE OUT (SPC-4 §6.16): reads the list, has the unit change, and ends the commands of preempted nexuses.</summary>
internal static class PersistentReserveOut
{
    public static SenseData? Plan(ScsiCommand command)
    {
        uint length = ReservationList.LengthIn(command.Cdb);
        if (length is < ReservationParameters.Length or > ReservationList.MostBytes)
        {
            return Sense.ParameterListLengthError;
        }

        command.DataOutWanted = length;
        return null;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (ReservationList.Read(device, command, out ReservationRequest request) is { } refusal)
        {
            MediumResult.Refuse(command, refusal);
            return;
        }

        LogicalUnit unit = command.Unit!;
        ReservationStep step = await unit.ChangeReservationsAsync(request, cancellationToken).ConfigureAwait(false);
        if (step.Refusal is { } why)
        {
            MediumResult.Refuse(command, why);
            return;
        }

        if (step.State is null)
        {
            command.Complete(ScsiStatus.ReservationConflict);
            return;
        }

        if (request.Action == ReservationAction.PreemptAndAbort && step.Preempted.Count > 0)
        {
            // GOOD says that nothing of the preempted runs any more (SPC-4 §5.13.11.5): who fences a lost host builds on that.
            command.EndedTasksOfOthers = true;
            unit.EndPrevention(step.Preempted);
            Task copies = device.Copies.Lists.EndAsync(unit, step.Preempted);
            if (device.TaskSets is { } tasks)
            {
                await tasks.EndTasksAsync(unit.Lun, command, step.Preempted, cancellationToken).ConfigureAwait(false);
            }

            await copies.WaitAsync(cancellationToken).ConfigureAwait(false);
            EndAllegiances(device, unit, step.Preempted);
        }

        command.Complete(ScsiStatus.Good);
    }

    // An allegiance of a nexus that is preempted is over (SAM-5 §5.9.5).
    private static void EndAllegiances(ScsiTargetDevice device, LogicalUnit unit, IReadOnlyList<NexusName> preempted)
    {
        bool ended = false;
        foreach (NexusName nexus in preempted)
        {
            ended |= unit.TryEndAllegiance(nexus);
        }

        if (ended)
        {
            device.TaskSets?.GoOn(unit.Lun);
        }
    }
}
