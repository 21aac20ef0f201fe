using Blockwire.Scsi;

namespace Blockwire.Scsi.Device;

/// <summary>The asymmetric access states of a target's port groups (SPC-4 §5.11). Read on every command, without a lock.</summary>
internal sealed class PortGroupStates
{
    private readonly Lock _gate = new();
    private volatile TargetPortGroup[] _groups;
    private volatile bool _allActive = true;

    /// <summary>Every group is active/optimized at first.</summary>
    public PortGroupStates(IReadOnlyList<TargetPort> ports) =>
        _groups = [.. ports.GroupBy(static port => port.Group, static (group, members) =>
            new TargetPortGroup(group, AccessState.ActiveOptimized, false, 0, [.. members.Select(static port => port.RelativeId)]))];

    /// <summary>The groups as they are now.</summary>
    public IReadOnlyList<TargetPortGroup> Groups => _groups;

    /// <summary>Is there such a group?</summary>
    public bool Has(ushort group) => Array.Exists(_groups, it => it.Group == group);

    /// <summary>Puts groups in new states; the others stay as they are.</summary>
    /// <param name="changes">Group, state, and whether it is preferred, or null to leave that.</param>
    /// <param name="statusCode">Who did it.</param>
    /// <returns>Did anything change that initiators see?</returns>
    public bool Change(IReadOnlyList<(ushort Group, AccessState State, bool? Preferred)> changes, byte statusCode)
    {
        lock (_gate)
        {
            TargetPortGroup[] next = [.. _groups];
            bool changed = false;
            foreach ((ushort group, AccessState state, bool? preferred) in changes)
            {
                int at = Array.FindIndex(next, it => it.Group == group);
                TargetPortGroup former = next[at];
                next[at] = former with { State = state, Preferred = preferred ?? former.Preferred, StatusCode = statusCode };
                changed |= former.State != state || former.Preferred != next[at].Preferred;
            }

            _groups = next;
            _allActive = Array.TrueForAll(next, static it => it.State is AccessState.ActiveOptimized or AccessState.ActiveNonOptimized);
            return changed;
        }
    }

    /// <summary>Why a command that comes through a group is not served in its state; null when it is (SPC-4 §5.11.2).</summary>
    public SenseData? WhyNotAccessible(ushort group, CommandSpec spec)
    {
        if (_allActive || spec.Has(CommandFlags.ServedUnavailable))
        {
            return null;
        }

        foreach (TargetPortGroup one in _groups)
        {
            if (one.Group == group)
            {
                return one.State switch
                {
                    AccessState.Standby => spec.Has(CommandFlags.ServedInStandby) ? null : Sense.PortInStandby,
                    AccessState.Unavailable => Sense.PortUnavailable,
                    AccessState.Offline => Sense.UnitOffline,
                    AccessState.Transitioning => Sense.PortInTransition,
                    _ => null,
                };
            }
        }

        return null;
    }
}
