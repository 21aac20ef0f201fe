using System.Buffers;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Logs;

namespace Blockwire.Scsi.Device;

/// <summary>
/// One command at the device server: a CDB goes in; status, sense and data come out. Reused for many commands, so that none is allocated
/// in steady state.
/// </summary>
/// <remarks>
/// <para>Life: <see cref="Begin"/>; <see cref="ScsiTargetDevice.Prepare"/>, which decides everything that needs no data; the transport gathers
/// <see cref="DataOutWanted"/> bytes (or fewer, if the initiator offers fewer) into <see cref="DataOut"/>;
/// <see cref="ScsiTargetDevice.ExecuteAsync"/>; the transport sends <see cref="DataIn"/> and the status; <see cref="End"/>.</para>
/// <para>Buffers: <see cref="DataOut"/> is the transport's, lent until the execution completes. <see cref="DataIn"/> is either lent by the disk or rented
/// from <see cref="Pool"/>; in the second case <see cref="TakeDataInOwner"/> hands its owner to whoever sends it.</para>
/// </remarks>
public sealed class ScsiCommand(MemoryPool<byte> pool)
{
    /// <summary>Longest CDB that the transport carries: 16 bytes and 244 in an extended-CDB AHS (RFC 7143 §11.2.2.3).</summary>
    public const int MaxCdbLength = 260;

    private const int UsualCdbLength = 16;

    // Idle sessions keep commands for reuse: what few commands need is made when it is needed.
    private byte[] _cdb = new byte[UsualCdbLength];
    private byte[] _sense = [];
    private int _cdbLength;
    private int _senseLength;
    private bool _counted;
    private IMemoryOwner<byte>? _dataInOwner;

    /// <summary>Where data-in buffers come from.</summary>
    public MemoryPool<byte> Pool { get; } = pool;

    /// <summary>The nexus that sent the command.</summary>
    public Nexus Nexus { get; private set; } = null!;

    /// <summary>The eight bytes of the LUN field, as the wire has them.</summary>
    public ulong Lun { get; private set; }

    /// <summary>Task attribute.</summary>
    public TaskAttribute Attribute { get; private set; }

    /// <summary>
    /// Set by the transport after <see cref="Begin"/>: command priority, 1 (highest) to 15; 0 for none (SAM-5 §8.7). The device server starts commands in
    /// the order in which they become ready and does not use it, as SAM-5 allows.
    /// </summary>
    public byte Priority { get; set; }

    /// <summary>The command descriptor block.</summary>
    public ReadOnlySpan<byte> Cdb => _cdb.AsSpan(0, _cdbLength);

    /// <summary>May the disk lend its own pages? Not when a data digest has to stay true while the data is sent.</summary>
    public bool AllowLending { get; set; }

    /// <summary>Set by <see cref="ScsiTargetDevice.Prepare"/>: the logical unit that the command is for; null when the LUN has none.</summary>
    public LogicalUnit? Unit { get; set; }

    /// <summary>Set by <see cref="ScsiTargetDevice.Prepare"/>: bytes that the CDB takes from the initiator, whatever the initiator offered.</summary>
    public uint DataOutWanted { get; set; }

    /// <summary>
    /// Set by <see cref="ScsiTargetDevice.Prepare"/>: bytes that the command may hold in <see cref="DataIn"/>; the transport budgets with it.
    /// </summary>
    public uint DataInPlanned { get; set; }

    /// <summary>
    /// Set by <see cref="ScsiTargetDevice.Prepare"/>: execution completes before the call returns, so <see cref="DataOut"/> may be memory that is reused at once.
    /// Never for work on more than 1 MiB that is not a plain read or write: that leaves the caller's thread, and can be cancelled on the way.
    /// </summary>
    public bool CompletesInline { get; set; }

    /// <summary>The data the initiator sent. Shorter than <see cref="DataOutWanted"/> when the initiator offered less.</summary>
    public ReadOnlyMemory<byte> DataOut { get; set; }

    /// <summary>The data for the initiator, as long as the CDB asked for; the transport cuts it to what the initiator expects.</summary>
    public ReadOnlyMemory<byte> DataIn { get; private set; }

    /// <summary>The status.</summary>
    public ScsiStatus Status { get; private set; }

    /// <summary>Sense data; empty unless the status has some.</summary>
    public ReadOnlySpan<byte> Sense => _sense.AsSpan(0, _senseLength);

    /// <summary>
    /// Set by the transport after <see cref="Begin"/>, where it knows: bytes that the initiator offers to send (expected data transfer length of a
    /// write). WRITE SAME refuses an offer that is not one block; every other command takes what comes.
    /// </summary>
    public uint? DataOutOffered { get; set; }

    /// <summary>
    /// The result reports a unit attention: CHECK CONDITION with it, or REQUEST SENSE with it as data. The transport may have to keep an order among such results.
    /// </summary>
    public bool ReportsAttention { get; internal set; }

    /// <summary>The command ended tasks of other nexuses (PREEMPT AND ABORT). The transport may have to keep its response in order with others.</summary>
    public bool EndedTasksOfOthers { get; internal set; }

    /// <summary>The result establishes an auto contingent allegiance, or is the first ACA ACTIVE behind one. The transport may have to keep it in order with others.</summary>
    public bool TellsOfAllegiance { get; internal set; }

    /// <summary><see cref="Sense"/> as memory that stays as it is until the next <see cref="Begin"/>.</summary>
    public ReadOnlyMemory<byte> SenseMemory => _sense.AsMemory(0, _senseLength);

    /// <summary>The row of the command table, for the device server alone.</summary>
    internal CommandSpec? Spec { get; set; }

    /// <summary>How many FORMAT UNIT and SANITIZE had begun at the unit when the command was prepared.</summary>
    internal int WorkSeen { get; set; }

    /// <summary>It runs though an auto contingent allegiance blocks others.</summary>
    internal bool PassesAllegiance { get; set; }

    /// <summary>NACA of the CONTROL byte (SAM-5 §5.2).</summary>
    internal bool HasNaca => CommandSpec.ControlAt(Cdb) is >= 0 and int at && (Cdb[at] & CommandSpec.Naca) != 0;

    /// <summary>First block, as the CDB says; for the device server alone.</summary>
    internal ulong Lba { get; set; }

    /// <summary>Number of blocks, as the CDB says; for the device server alone.</summary>
    internal ulong BlockCount { get; set; }

    /// <summary>Type of protection of the unit when the command was planned, where the command is one that has to know; else none.</summary>
    internal ProtectionType Protection { get; set; }

    /// <summary>RDPROTECT, WRPROTECT or their like: other than 0, protection information goes with each block that is transferred.</summary>
    internal byte ProtectCode { get; set; }

    /// <summary>Bytes of a block as it is transferred.</summary>
    internal uint TransferBlockBytes => ProtectCode == 0 ? Unit!.Traits.BlockBytes : Unit!.Traits.ProtectedBlockBytes;

    /// <summary>When its execution began, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    internal long StartedAt { get; set; }

    /// <summary>It only reads blocks, so that it may run again for the sake of its data, which was lost on the way.</summary>
    public bool CanRunAgain => Spec is { } spec && spec.Has(CommandFlags.ReadsBlocks);

    /// <summary>Makes a command that has run ready to run again (<see cref="CanRunAgain"/>): what <see cref="ScsiTargetDevice.Prepare"/> decided still holds.</summary>
    public void BeginAgain()
    {
        Status = ScsiStatus.Good;
        _senseLength = 0;
        _counted = false;
        DropDataIn();
    }

    /// <summary>Takes a command from the transport.</summary>
    /// <exception cref="ArgumentException">The CDB is empty or longer than <see cref="MaxCdbLength"/>.</exception>
    public void Begin(Nexus nexus, ulong lun, ReadOnlySpan<byte> cdb, TaskAttribute attribute)
    {
        if (cdb.IsEmpty || cdb.Length > MaxCdbLength)
        {
            throw new ArgumentException("a CDB has 1 to 260 bytes", nameof(cdb));
        }

        Nexus = nexus;
        Lun = lun;
        Attribute = attribute;
        Priority = 0;
        if (cdb.Length > _cdb.Length)
        {
            _cdb = new byte[MaxCdbLength];
        }

        cdb.CopyTo(_cdb);
        _cdbLength = cdb.Length;
        Status = ScsiStatus.Good;
        _senseLength = 0;
        Unit = null;
        Spec = null;
        DataOutWanted = 0;
        DataInPlanned = 0;
        CompletesInline = false;
        DataOutOffered = null;
        ReportsAttention = false;
        EndedTasksOfOthers = false;
        TellsOfAllegiance = false;
        PassesAllegiance = false;
        _counted = false;
        Lba = 0;
        BlockCount = 0;
        Protection = ProtectionType.None;
        ProtectCode = 0;
        DataOut = default;
        DropDataIn();
    }

    /// <summary>Ends with GOOD, or another status without sense.</summary>
    public void Complete(ScsiStatus status)
    {
        Status = status;
        _senseLength = 0;
        if (status == ScsiStatus.Good)
        {
            CommandCount.Note(this, ref _counted);
        }
    }

    /// <summary>Ends with CHECK CONDITION and sense data in the form that the logical unit uses (fixed or descriptor).</summary>
    public void Check(in SenseData sense, bool descriptorFormat)
    {
        Status = ScsiStatus.CheckCondition;
        _sense = _sense.Length > 0 ? _sense : new byte[SenseData.MaxLength];
        _senseLength = sense.Write(_sense, descriptorFormat);
        DropDataIn();
        CommandCount.NoteFailure(this, sense, ref _counted);
    }

    /// <summary>Ends with CHECK CONDITION for a reason that the transport knows; the sense has the form that the logical unit uses.</summary>
    public void Check(in SenseData sense) => Check(sense, Unit?.DescriptorSense ?? false);

    /// <summary>Rents a data-in buffer of exactly this many bytes; its content is undefined until written.</summary>
    public Memory<byte> RentDataIn(int lengthBytes)
    {
        DropDataIn();
        if (lengthBytes == 0)
        {
            return default;
        }

        _dataInOwner = Pool.Rent(lengthBytes);
        Memory<byte> memory = _dataInOwner.Memory[..lengthBytes];
        DataIn = memory;
        return memory;
    }

    /// <summary>Cuts the data-in to what was really produced, or to an allocation length.</summary>
    public void TrimDataIn(int lengthBytes) => DataIn = DataIn[..Math.Min(lengthBytes, DataIn.Length)];

    /// <summary>Answers with memory that the disk lends.</summary>
    public void LendDataIn(ReadOnlyMemory<byte> pages)
    {
        DropDataIn();
        DataIn = pages;
    }

    /// <summary>Hands over the owner of <see cref="DataIn"/>; null when the memory is lent. The receiver disposes it after sending.</summary>
    public IMemoryOwner<byte>? TakeDataInOwner()
    {
        IMemoryOwner<byte>? owner = _dataInOwner;
        _dataInOwner = null;
        return owner;
    }

    /// <summary>Gives back what the command still holds.</summary>
    public void End()
    {
        if (Attribute == TaskAttribute.Aca)
        {
            Unit?.LeaveAllegiance(this); // it may have been aborted
        }

        DropDataIn();
        DataOut = default;
        Unit = null;
        Spec = null;
    }

    private void DropDataIn()
    {
        DataIn = default;
        _dataInOwner?.Dispose();
        _dataInOwner = null;
    }
}
