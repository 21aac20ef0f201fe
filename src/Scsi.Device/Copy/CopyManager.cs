using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;

namespace Blockwire.Scsi.Device.Copy;

/// <summary>The copy manager of a target (SPC-4 §5.17): one for all its logical units. It runs copies, in front of their command or behind it.</summary>
internal sealed class CopyManager
{
    /// <summary>The copies.</summary>
    public CopyLists Lists { get; } = new();

    /// <summary>The ROD tokens.</summary>
    public TokenStore Tokens { get; } = new();

    /// <summary>Runs a copy and ends its command: at once with <paramref name="immediate"/>, else when it is over.</summary>
    public async ValueTask RunAsync(
        ScsiCommand command, CopyOperation operation, CopyPlan plan, bool immediate, TimeProvider time, CancellationToken cancellationToken)
    {
        operation.Moves = plan.Moves;
        if (Lists.Begin(operation) is { } refusal)
        {
            MediumResult.Refuse(command, refusal);
            return;
        }

        if (immediate)
        {
            operation.GoToBackground();
            _ = RunToTheEndAsync(operation, plan, time, CancellationToken.None);
            command.Complete(ScsiStatus.Good);
            return;
        }

        SenseData? failure = await RunToTheEndAsync(operation, plan, time, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (failure is { } sense)
        {
            MediumResult.Refuse(command, sense);
        }
        else
        {
            command.Complete(ScsiStatus.Good);
        }
    }

    // Never throws: nobody may be there to hear of it, and whoever asks hears of it as sense data.
    private async Task<SenseData?> RunToTheEndAsync(CopyOperation operation, CopyPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        SenseData? failure;
        try
        {
            using IDisposable? use = plan.Token?.Use(time);
            failure = await new CopyRun(operation, plan, cancellationToken).RunAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            operation.Cancel();
            failure = Sense.CopyAborted;
        }
        catch (Exception)
        {
            // A defect of ours, or of a disk that is not guarded.
            failure = Sense.InternalTargetFailure;
        }

        Lists.End(operation, failure is null ? CopyState.Done : operation.IsCancelled ? CopyState.Terminated : CopyState.Failed, failure);
        return failure;
    }
}
