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

    /// <summary>Commands of a logical unit without logical block provisioning, on a disk that can write atomically.</summary>
    public static CommandTable Thick { get; } = new(CommandRows.All(thin: false, atomic: true));

    /// <summary>Commands of a logical unit with logical block provisioning, on a disk that can write atomically: all there are.</summary>
    public static CommandTable Thin { get; } = new(CommandRows.All(thin: true, atomic: true));

    /// <summary>Commands of a CD/DVD drive.</summary>
    public static CommandTable CdDvd { get; } = new(CommandRows.OfCdDvd());

    private static readonly CommandTable ThickNotAtomic = new(CommandRows.All(thin: false, atomic: false));
    private static readonly CommandTable ThinNotAtomic = new(CommandRows.All(thin: true, atomic: false));

    /// <summary>The table of a logical unit.</summary>
    /// <param name="thin">With logical block provisioning.</param>
    /// <param name="atomic">On a disk that can write atomically.</param>
    public static CommandTable For(bool thin, bool atomic) =>
        thin ? atomic ? Thin : ThinNotAtomic : atomic ? Thick : ThickNotAtomic;

    /// <summary>Does the operation code have service actions here?</summary>
    public bool HasServiceActions(byte operationCode) => _withServiceAction[operationCode] is not null;

    /// <summary>The row of a command, by operation code and service action; null when there is none. The service action counts only where there are any.</summary>
    public CommandSpec? Find(byte operationCode, int serviceAction) =>
        _withServiceAction[operationCode] is { } actions
            ? (uint)serviceAction < (uint)actions.Length ? actions[serviceAction] : null
            : _plain[operationCode];
}
