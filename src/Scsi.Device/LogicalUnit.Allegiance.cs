using Blockwire.Scsi;

namespace Blockwire.Scsi.Device;

/// <content>
/// Auto contingent allegiance (SAM-5 §5.9): a CHECK CONDITION for a command with NACA = 1 stops the task set until the faulted nexus has put things right. With one task set for
/// all nexuses (TST = 0) it stops the tasks of all, with one for each (TST = 1) those of its own.
/// </content>
#pragma warning disable CA1001 // the turn of PERSISTENT RESERVE OUT is waited for without a timeout and has no wait handle, so there is nothing to dispose
public sealed partial class LogicalUnit
#pragma warning restore CA1001
{
    // Nexuses that are faulted. Usually none is, and then this is all that a command looks at.
    private volatile int _allegiances;

    /// <summary>Is any nexus faulted?</summary>
    internal bool HasAllegiance => _allegiances != 0;

    /// <summary>What a new command comes to. Only to be asked while there is an allegiance, or of a command with the ACA attribute.</summary>
    /// <param name="command">The command; it is noted as the one that deals with the allegiance when it is.</param>
    /// <param name="preempts">It is PERSISTENT RESERVE OUT, PREEMPT AND ABORT, which may end the allegiance of another nexus (SPC-4 §5.13.11.5).</param>
    internal AllegianceVerdict JudgeAllegiance(ScsiCommand command, bool preempts)
    {
        bool hasAttribute = command.Attribute == TaskAttribute.Aca;
        lock (_gate)
        {
            _nexuses.TryGetValue(command.Nexus, out NexusState? state);
            if (state is { IsFaulted: true })
            {
                if (!hasAttribute || state.AllegianceCommand is not null || Modes.TaskManagementOnly)
                {
                    NoteTold(command, state);
                    return AllegianceVerdict.AcaActive;
                }

                state.AllegianceCommand = command;
                command.PassesAllegiance = true;
                return AllegianceVerdict.Enter;
            }

            if (_allegiances == 0 || Modes.TaskSetPerNexus)
            {
                return hasAttribute ? AllegianceVerdict.InvalidAttribute : AllegianceVerdict.Enter;
            }

            if (preempts && !hasAttribute)
            {
                command.PassesAllegiance = true;
                return AllegianceVerdict.Enter;
            }

            if (!hasAttribute && !command.HasNaca)
            {
                return AllegianceVerdict.Busy;
            }

            NoteTold(command, state);
            return AllegianceVerdict.AcaActive;
        }
    }

    /// <summary>Is a command in the task set kept from going on?</summary>
    internal bool Blocks(ScsiCommand command)
    {
        if (_allegiances == 0 || command.PassesAllegiance)
        {
            return false;
        }

        lock (_gate)
        {
            return _allegiances != 0 && (!Modes.TaskSetPerNexus || (_nexuses.TryGetValue(command.Nexus, out NexusState? state) && state.IsFaulted));
        }
    }

    /// <summary>
    /// A command ends with CHECK CONDITION: with NACA = 1 its nexus is faulted from now on (SAM-5 §5.9.2); with NACA = 0 an allegiance that it was to deal with is over (§5.9.5).
    /// </summary>
    /// <returns>True when there is one allegiance less.</returns>
    internal bool NoteCheckCondition(ScsiCommand command)
    {
        lock (_gate)
        {
            // A nexus that has gone cannot put anything right.
            if (!_nexuses.TryGetValue(command.Nexus, out NexusState? state))
            {
                return false;
            }

            bool dealtWith = ReferenceEquals(state.AllegianceCommand, command);
            if (!command.HasNaca)
            {
                return dealtWith && EndAllegiance(state);
            }

            // One task set has one allegiance: what fails beside it, having begun before, is reported and no more.
            bool establishes = dealtWith || (!state.IsFaulted && (_allegiances == 0 || Modes.TaskSetPerNexus));
            if (establishes)
            {
                _allegiances += state.IsFaulted ? 0 : 1;
                state.IsFaulted = true;
                command.TellsOfAllegiance = true;
                foreach (NexusState other in _nexuses.Values)
                {
                    other.KnowsOfAllegiance = false;
                }
            }

            return false;
        }
    }

    /// <summary>A command that dealt with an allegiance has ended, however: the next may come.</summary>
    internal void LeaveAllegiance(ScsiCommand command)
    {
        lock (_gate)
        {
            if (_nexuses.TryGetValue(command.Nexus, out NexusState? state) && ReferenceEquals(state.AllegianceCommand, command))
            {
                state.AllegianceCommand = null;
            }
        }
    }

    /// <summary>CLEAR ACA, or PREEMPT AND ABORT of the faulted nexus: false when there was no allegiance.</summary>
    internal bool TryEndAllegiance(NexusName nexus)
    {
        if (_allegiances == 0)
        {
            return false;
        }

        lock (_gate)
        {
            bool ended = false;
            foreach ((Nexus other, NexusState state) in _nexuses)
            {
                ended |= other.Name == nexus && EndAllegiance(state);
            }

            return ended;
        }
    }

    private bool EndAllegiance(NexusState state)
    {
        bool was = state.IsFaulted;
        _allegiances -= was ? 1 : 0;
        state.IsFaulted = false;
        state.AllegianceCommand = null;
        return was;
    }

    private static void NoteTold(ScsiCommand command, NexusState? state)
    {
        if (state is { KnowsOfAllegiance: false })
        {
            state.KnowsOfAllegiance = true;
            command.TellsOfAllegiance = true;
        }
    }
}
