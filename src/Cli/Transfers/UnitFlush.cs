using Blockwire.Initiator;
using Blockwire.Scsi;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Transfers;

/// <summary>SYNCHRONIZE CACHE as a last step.</summary>
internal static class UnitFlush
{
    /// <summary>Flushes; a target that does not know the command has nothing to flush, or says so nowhere.</summary>
    public static async Task FlushAsync(LogicalUnit unit, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await unit.FlushAsync(cancellationToken);
        }
        catch (ScsiException refusal) when (SenseData.Parse(refusal.Result.Sense.Span) is { Key: SenseKey.IllegalRequest, Asc: 0x20, Ascq: 0 })
        {
            logger.LogWarning("{Unit}: the target does not know SYNCHRONIZE CACHE; nobody knows when what was written is on stable storage", unit.Name);
        }
    }
}
