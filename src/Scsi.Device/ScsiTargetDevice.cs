using System.Security.Cryptography;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Scsi.Device.Copy;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device;

/// <summary>
/// The SCSI target device with its device server (SAM-5 §4.5): logical units, and the nexuses that use them. Safe for calls from many threads.
/// Medium failures become sense data; an exception out of a command means a defect, or cancellation.
/// </summary>
#pragma warning disable CA1001 // a semaphore whose wait handle nobody asks for has nothing to dispose
public sealed partial class ScsiTargetDevice
#pragma warning restore CA1001
{
    /// <summary>Nexuses that are remembered by name when they have gone.</summary>
    internal const int RememberedNexuses = 4096;

    private const int MaxNameLength = 223;
    private const int NacaBit = 2;

    private readonly FormerNexuses _former = new(RememberedNexuses);
    private readonly HashSet<Nexus> _nexuses = [];
    private readonly Lock _portsGate = new();
    private readonly PortGroupStates _groups;
    private volatile UnitList _units;

    /// <summary>A target device with its logical units.</summary>
    /// <param name="targetName">iSCSI name of the target; designators of its port and device come from it.</param>
    /// <param name="units">Its logical units, each with another number.</param>
    /// <param name="ports">Its target ports; null for one, with identifier 1 in group 1.</param>
    /// <exception cref="ArgumentException">Two units have one number, or the name is longer than RFC 7143 §4.2.7.1 allows.</exception>
    public ScsiTargetDevice(string targetName, IReadOnlyList<LogicalUnit> units, IReadOnlyList<TargetPort>? ports = null)
    {
        if (targetName.Length is 0 or > MaxNameLength)
        {
            throw new ArgumentException("an iSCSI name has 1 to 223 characters", nameof(targetName));
        }

        TargetName = targetName;
        Ports = ports ?? [new TargetPort(1, 1)];
        _groups = new PortGroupStates(Ports);
        _units = new UnitList(units);
    }

    /// <summary>The clock by which tokens age.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Fills a buffer with bits that nobody can foresee: tokens are made of them.</summary>
    public Action<Span<byte>> Random { get; init; } = RandomNumberGenerator.Fill;

    internal CopyManager Copies { get; } = new();

    /// <summary>iSCSI name of the target.</summary>
    public string TargetName { get; }

    /// <summary>Its target ports.</summary>
    public IReadOnlyList<TargetPort> Ports { get; }

    /// <summary>The transport's tasks, for commands that end those of others; set before the first command. Null when there are none to end.</summary>
    public ITaskSets? TaskSets { get; set; }

    /// <summary>Its logical units, by number: as they are now.</summary>
    public IReadOnlyList<LogicalUnit> Units => _units.Sorted;

    /// <summary>Does a LUN field name a logical unit?</summary>
    /// <param name="lun">The eight bytes of the field, read as a big-endian number.</param>
    public bool HasUnit(ulong lun) => FindUnit(lun) is not null || WellKnownUnit.IsAt(lun);

    /// <summary>
    /// Decides all of a command that needs no data and no waiting. True: gather <see cref="ScsiCommand.DataOutWanted"/> bytes, then call
    /// <see cref="ExecuteAsync"/>. False: the command has ended, with a status.
    /// </summary>
    /// <remarks>
    /// The order is that of SAM-5 §5.14 and SPC-4 §5.13: logical unit, auto contingent allegiance and task attribute, operation code and service action, unit attention, reservation, asymmetric access
    /// state, bits of the CDB, medium, write protection, and last what the command itself has to say (range, lengths).
    /// </remarks>
    public bool Prepare(ScsiCommand command)
    {
        LogicalUnit? unit = FindUnit(command.Lun);
        command.Unit = unit;
        ReadOnlySpan<byte> cdb = command.Cdb;
        CommandTable table = unit?.Table ?? CommandTable.Thick;
        CommandSpec? spec = table.Find(cdb);
        if (unit is null)
        {
            // Without a task set there is no allegiance: NORMACA is 0 there.
            return command.Attribute == TaskAttribute.Aca ? Refuse(command, Sense.InvalidMessageError) : WellKnownUnit.IsAt(command.Lun)
                ? spec is not null && WellKnownUnit.Serves(spec) ? Plan(command, spec) : Refuse(command, Sense.InvalidOpcode)
                : spec is null || !spec.Has(CommandFlags.AnswersWithoutUnit)
                ? Refuse(command, Sense.LogicalUnitNotSupported)
                : Plan(command, spec);
        }

        if ((unit.HasAllegiance || command.Attribute == TaskAttribute.Aca) && !EntersTaskSet(command, unit))
        {
            return false;
        }

        if (spec is null)
        {
            (int at, int bit) = CommandTable.ServiceActionAt(cdb[0]);
            return Refuse(command, table.HasServiceActions(cdb[0]) ? Sense.InvalidFieldInCdb(at, bit) : Sense.InvalidOpcode);
        }

        switch (unit.Judge(command.Nexus, spec, cdb, out SenseData attention))
        {
            case NexusVerdict.Attention:
                command.ReportsAttention = true;
                return Refuse(command, attention);
            case NexusVerdict.Conflict:
                command.Complete(ScsiStatus.ReservationConflict);
                return false;
            default:
                return _groups.WhyNotAccessible(command.Nexus.TargetPortGroup, spec) is { } closed ? Refuse(command, closed) : Plan(command, spec);
        }
    }

    /// <summary>
    /// Does the work of a command that <see cref="Prepare"/> let pass, with the data that has arrived. Completes without waiting, and allocates nothing,
    /// when <see cref="ScsiCommand.CompletesInline"/>.
    /// </summary>
    public ValueTask ExecuteAsync(ScsiCommand command, CancellationToken cancellationToken)
    {
        CommandSpec spec = command.Spec ?? throw new InvalidOperationException("the command has not been prepared, or was refused");
        command.StartedAt = Environment.TickCount64;

        // It was accepted before the medium began to be formatted or sanitized, and must not land behind that (SBC-3 §4.11.2, §5.2.1).
        if (command.Unit is { } unit && unit.Work.Begun != command.WorkSeen && !spec.Has(CommandFlags.RunsDuringMediumWork))
        {
            Refuse(command, unit.Work.Refusal ?? Sense.FormatInProgress);
            return default;
        }

        return spec.Run(this, command, cancellationToken);
    }

    /// <summary>
    /// A nexus begins. Its first command on every logical unit hears of a power on, or, when the initiator port had a nexus with the target port before, of its
    /// loss (SAM-5 §6.3).
    /// </summary>
    /// <param name="nexus">The nexus.</param>
    /// <param name="afterNexusLoss">The port's former nexus was lost just now: a session was reinstated.</param>
    public void AttachNexus(Nexus nexus, bool afterNexusLoss)
    {
        lock (_portsGate)
        {
            bool known = _former.Note(nexus.Name);
            _nexuses.Add(nexus);
            foreach (LogicalUnit unit in Units)
            {
                unit.Attach(nexus, known || afterNexusLoss ? Sense.NexusLoss : Sense.PowerOnOccurred);
            }
        }
    }

    /// <summary>
    /// Offers one more logical unit from now on. Every nexus hears at the others that the list of them has changed, and at the new one of its power on
    /// (SPC-4 §6.33, SAM-5 §5.14).
    /// </summary>
    /// <exception cref="ArgumentException">There is one with its number.</exception>
    public void AddUnit(LogicalUnit unit)
    {
        lock (_portsGate)
        {
            IReadOnlyList<LogicalUnit> others = Units;
            UnitList units = new([.. others, unit]);
            foreach (Nexus nexus in _nexuses)
            {
                unit.Attach(nexus, Sense.PowerOnOccurred);
            }

            _units = units;
            TellOfChangedList(others);
        }
    }

    /// <summary>
    /// Takes a logical unit away. Commands that come for it from now on end with LOGICAL UNIT NOT SUPPORTED; those that it has go on until they are done, or end with
    /// NOT READY when the caller closes the disk; copies that it was asked for end before their next piece, and its tokens are revoked. Every nexus hears at the other units
    /// that the list has changed.
    /// </summary>
    /// <param name="number">Logical unit number.</param>
    /// <returns>The unit; null when there is none of that number.</returns>
    public LogicalUnit? RemoveUnit(uint number)
    {
        lock (_portsGate)
        {
            LogicalUnit? removed = _units.Find(number);
            if (removed is not null)
            {
                Copies.Lists.Forget(removed);
                Copies.Tokens.Forget(removed);
                _units = new UnitList([.. Units.Where(unit => unit != removed)]);
                TellOfChangedList(Units);
            }

            return removed;
        }
    }

    /// <summary>
    /// Changes the medium of a logical unit whose medium is removable, as an operator at the drive would: copies and tokens of the old one end, and every nexus hears of a unit
    /// attention that the medium may have changed. Commands that run go on with the old medium until they are done, or end with NOT READY when the caller closes it.
    /// </summary>
    /// <param name="unit">A unit of this target.</param>
    /// <param name="medium">The new medium, which the unit has to accept (<see cref="LogicalUnit.Accepts"/>); the caller keeps it. Null leaves the drive empty.</param>
    /// <returns>False while an initiator prevents the removal: nothing has changed but that it can hear of the wish (GET EVENT STATUS NOTIFICATION of MMC-5).</returns>
    /// <exception cref="ArgumentException">The unit does not accept the medium, or its medium is not removable.</exception>
    public bool TryChangeMedium(LogicalUnit unit, IBlockDevice? medium)
    {
        ArgumentNullException.ThrowIfNull(unit);
        if (medium is null ? !unit.Removable : !unit.Accepts(medium.Traits))
        {
            throw new ArgumentException("the unit does not accept such a medium", nameof(medium));
        }

        if (unit.AskToEject())
        {
            return false;
        }

        Copies.Lists.Forget(unit);
        Copies.Tokens.Forget(unit);
        return unit.TryChangeMedium(medium);
    }

    /// <summary>I_T nexus loss (SAM-5 §6.3.4): its reservations, its prevention of removal and its unit attentions go.</summary>
    public void DetachNexus(Nexus nexus)
    {
        Copies.Lists.Forget(nexus);
        lock (_portsGate)
        {
            _nexuses.Remove(nexus);
            foreach (LogicalUnit unit in Units)
            {
                if (unit.Detach(nexus))
                {
                    TaskSets?.GoOn(unit.Lun);
                }
            }
        }
    }

    /// <summary>
    /// LOGICAL UNIT RESET (SAM-5 §7.7): reservations, prevention of removal and mode parameters go back to their defaults. Every nexus, that of the
    /// requester too, gets a unit attention (SAM-5 §6.3.3). The transport ends the tasks.
    /// </summary>
    /// <param name="lun">The LUN field; nothing happens when it names no unit.</param>
    /// <param name="by">The nexus that asked.</param>
    public void LogicalUnitReset(ulong lun, Nexus by)
    {
        ArgumentNullException.ThrowIfNull(by);
        if (FindUnit(lun) is { } unit)
        {
            Copies.Lists.Forget(unit);
            unit.Reset(Sense.BusDeviceReset, powerOn: false);
            TaskSets?.GoOn(unit.Lun);
        }
    }

    /// <summary>TARGET WARM RESET and TARGET COLD RESET (RFC 7143 §11.5.1): a logical unit reset of every unit.</summary>
    /// <param name="by">The nexus that asked.</param>
    /// <param name="powerOn">A cold reset, which is a power on: media are loaded, and every nexus is new afterwards.</param>
    public void TargetReset(Nexus by, bool powerOn)
    {
        ArgumentNullException.ThrowIfNull(by);
        if (powerOn)
        {
            lock (_portsGate)
            {
                _former.Clear();
            }

            Copies.Tokens.Clear();
        }

        foreach (LogicalUnit unit in Units)
        {
            Copies.Lists.Forget(unit);
            unit.Reset(powerOn ? Sense.PowerOnOccurred : Sense.BusDeviceReset, powerOn);
            TaskSets?.GoOn(unit.Lun);
        }
    }

    /// <summary>
    /// Asked right after a reset: completes when no third-party copy that it ended works on a disk any more. A copy behind its command is no task of the transport, and yet has
    /// to be over when the function is answered (SAM-5 §7.7).
    /// </summary>
    /// <param name="units">LUN fields of the units that were reset.</param>
    public Task CopiesEndAsync(IReadOnlyList<ulong> units)
    {
        List<LogicalUnit> reset = [.. units.Select(FindUnit).OfType<LogicalUnit>()];
        return Copies.Lists.WhenOver(it => reset.Exists(it.Concerns));
    }

    /// <summary>Asked when a nexus goes: completes when none of its third-party copies works on a disk any more.</summary>
    public Task CopiesEndAsync(Nexus nexus) => Copies.Lists.WhenOver(it => ReferenceEquals(it.Nexus, nexus));

    /// <summary>
    /// QUERY ASYNCHRONOUS EVENT (SAM-5 §7.10): the unit attention that a nexus hears of first, which asking does not take away.
    /// </summary>
    /// <param name="lun">The LUN field.</param>
    /// <param name="nexus">The nexus that asks.</param>
    /// <returns>The additional response information, 24 bits; 0 when nothing is pending or the LUN names no unit.</returns>
    public int QueryAsynchronousEvent(ulong lun, Nexus nexus) => FindUnit(lun)?.PendingEvent(nexus) ?? 0;

    private static bool Plan(ScsiCommand command, CommandSpec spec)
    {
        if (spec.FindBitNotHonoured(command.Cdb, out int at, out int bit))
        {
            return Refuse(command, Sense.InvalidFieldInCdb(at, bit));
        }

        if (command.Unit is null && command.HasNaca)
        {
            return Refuse(command, Sense.InvalidFieldInCdb(CommandSpec.ControlAt(command.Cdb), NacaBit));
        }

        if (command.Unit is { } unit)
        {
            command.WorkSeen = unit.Work.Begun;
            if (!unit.Work.IsClear && !spec.Has(CommandFlags.RunsDuringMediumWork) && unit.Work.Refusal is { } busy)
            {
                return Refuse(command, busy);
            }

            if (spec.Has(CommandFlags.NeedsMedium) && unit.WhyNotReady is { } reason)
            {
                return Refuse(command, reason);
            }

            if ((spec.Flags & CommandFlags.UsesBlocks) != CommandFlags.None && unit.Power.IsWatching)
            {
                unit.Power.Use();
            }

            if (spec.Has(CommandFlags.ChangesMedium) && unit.WriteProtected)
            {
                return Refuse(command, Sense.WriteProtected);
            }
        }

        if (spec.Plan(command) is { } refusal)
        {
            return Refuse(command, refusal);
        }

        command.Spec = spec;
        return true;
    }

    private static bool Refuse(ScsiCommand command, in SenseData sense)
    {
        command.DataOutWanted = 0;
        command.DataInPlanned = 0;
        command.Check(sense, command.Unit?.DescriptorSense ?? false);
        return false;
    }

    private LogicalUnit? FindUnit(ulong lun) =>
        LunFormat.TryDecode(lun, out uint number) ? _units.Find(number) : null;

    private static void TellOfChangedList(IReadOnlyList<LogicalUnit> units)
    {
        foreach (LogicalUnit unit in units)
        {
            unit.AttendAll(Sense.ReportedLunsDataChanged, null);
        }
    }

    /// <summary>The logical units at one moment.</summary>
    private sealed class UnitList
    {
        private readonly Dictionary<uint, LogicalUnit> _byNumber = [];

        /// <summary>Sorts the units of a list.</summary>
        /// <exception cref="ArgumentException">Two have one number.</exception>
        public UnitList(IReadOnlyList<LogicalUnit> units)
        {
            Sorted = [.. units.OrderBy(unit => unit.Number)];
            foreach (LogicalUnit unit in Sorted)
            {
                _byNumber.Add(unit.Number, unit);
            }
        }

        public IReadOnlyList<LogicalUnit> Sorted { get; }

        public LogicalUnit? Find(uint number) => _byNumber.GetValueOrDefault(number);
    }
}
