using Blockwire.Wire;

namespace Blockwire.Initiator;

/// <summary>When a transfer of blocks has moved all that it had to: GOOD alone does not say so.</summary>
internal static class TransferRules
{
    /// <summary>GOOD, and every byte has moved.</summary>
    public static bool IsComplete(in ScsiRequest request, in ScsiResult result) => result.IsGood && MovedAll(request, result);

    /// <summary>Brings a transfer to its end whose first answer was not complete.</summary>
    /// <exception cref="ScsiException">It failed, or moved too little.</exception>
    public static async ValueTask FinishAsync(
        CommandRunner runner, string operation, ScsiRequest request, ScsiResult result, CancellationToken cancellationToken)
    {
        result = await runner.RunAgainAsync(operation, request, result, cancellationToken).ConfigureAwait(false);
        if (!MovedAll(request, result))
        {
            long expected = Math.Max(request.DataIn.Length, request.DataOut.Length);
            long moved = request.DataIn.IsEmpty ? Math.Max(0, expected - result.Residual) : result.DataInBytes;
            throw ScsiAdvice.Short(runner.Settings.Name, operation, result, moved, expected);
        }
    }

    // Data out: U says that the target took less than the command offered (RFC 7143 §11.4.1).
    private static bool MovedAll(in ScsiRequest request, in ScsiResult result) =>
        result.DataInBytes == request.DataIn.Length
        && (request.DataOut.IsEmpty || (result.ResidualFlags & ResidualFlags.Underflow) == ResidualFlags.None || result.Residual == 0);
}
