using System.Buffers.Binary;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device;

/// <summary>
/// The one table of SCSI commands: dispatch, the check of reserved bits, REPORT SUPPORTED OPERATION CODES and the documentation read its rows.
/// </summary>
internal sealed class CommandTable
{
    /// <summary>Bits of byte 1 that hold a service action.</summary>
    public const byte ServiceActionMask = 0x1F;

    private const int ServiceActions = ServiceActionMask + 1;

    private readonly CommandSpec?[] _plain = new CommandSpec?[256];
    private readonly CommandSpec?[]?[] _withServiceAction = new CommandSpec?[]?[256];

    /// <summary>A table of rows.</summary>
    /// <param name="rows">In the order in which reports list them.</param>
    /// <exception cref="ArgumentException">Two rows are for the same command.</exception>
    public CommandTable(params IEnumerable<CommandSpec> rows)
    {
        Rows = [.. rows.OrderBy(row => row.OperationCode).ThenBy(row => row.ServiceAction)];
        foreach (CommandSpec row in Rows)
        {
            ref CommandSpec? slot = ref _plain[row.OperationCode];
            if (row.ServiceAction is { } action)
            {
                slot = ref (_withServiceAction[row.OperationCode] ??= new CommandSpec?[ServiceActions])[action];
            }

            // Rows without service action sort first, so one that mixes is met here.
            if (slot is not null || _plain[row.OperationCode] is not null)
            {
                throw new ArgumentException($"two rows for {row.Name}", nameof(rows));
            }

            slot = row;
        }
    }

    /// <summary>All rows, by operation code and service action.</summary>
    public IReadOnlyList<CommandSpec> Rows { get; }

    private static readonly CommandTable?[] Kinds = new CommandTable?[8];

    /// <summary>Commands of a logical unit without logical block provisioning, on a disk that can write atomically and keeps no protection information.</summary>
    public static CommandTable Thick { get; } = For(thin: false, atomic: true);

    /// <summary>Commands of a logical unit with logical block provisioning, on such a disk.</summary>
    public static CommandTable Thin { get; } = For(thin: true, atomic: true);

    /// <summary>Commands of a logical unit that can do everything.</summary>
    public static CommandTable Whole { get; } = For(thin: true, atomic: true, protection: true);

    /// <summary>Commands of a CD/DVD drive.</summary>
    public static CommandTable CdDvd { get; } = new(CommandRows.OfCdDvd());

    /// <summary>The table of a logical unit.</summary>
    /// <param name="thin">With logical block provisioning.</param>
    /// <param name="atomic">On a disk that can write atomically.</param>
    /// <param name="protection">On a disk that can keep protection information.</param>
    public static CommandTable For(bool thin, bool atomic, bool protection = false)
    {
        ref CommandTable? table = ref Kinds[(thin ? 1 : 0) | (atomic ? 2 : 0) | (protection ? 4 : 0)];
        return Volatile.Read(ref table) ?? Interlocked.CompareExchange(ref table, new(CommandRows.All(thin, atomic, protection)), null) ?? table;
    }

    /// <summary>Does the operation code have service actions here?</summary>
    public bool HasServiceActions(byte operationCode) => _withServiceAction[operationCode] is not null;

    /// <summary>The row of a command; null when there is none.</summary>
    public CommandSpec? Find(ReadOnlySpan<byte> cdb) => Find(cdb[0], ServiceActionOf(cdb));

    /// <summary>Byte and bit where a service action begins.</summary>
    public static (int At, int Bit) ServiceActionAt(byte operationCode) => operationCode == OperationCode.VariableLength ? (LongBlockCdb.ServiceActionAt, 7) : (1, 4);

    /// <summary>The row of a command, by operation code and service action; null when there is none. The service action counts only where there are any.</summary>
    public CommandSpec? Find(byte operationCode, int serviceAction) =>
        _withServiceAction[operationCode] is { } actions
            ? (uint)serviceAction < (uint)actions.Length ? actions[serviceAction] : null
            : _plain[operationCode];

    // Two bytes in the variable length CDB; no CDB that ends before them has one.
    private static int ServiceActionOf(ReadOnlySpan<byte> cdb) =>
        cdb[0] == OperationCode.VariableLength
            ? cdb.Length >= LongBlockCdb.ServiceActionAt + 2 ? BinaryPrimitives.ReadUInt16BigEndian(cdb[LongBlockCdb.ServiceActionAt..]) : -1
            : cdb.Length > 1 ? cdb[1] & ServiceActionMask : 0;
}
