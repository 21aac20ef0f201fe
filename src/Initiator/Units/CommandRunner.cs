using System.Runtime.CompilerServices;
using Blockwire.Scsi;
using Blockwire.Wire;

namespace Blockwire.Initiator;

/// <summary>Has a command carried out until it is done or has failed: repeats what did not run, waits while the target is busy.</summary>
/// <param name="executor">Carries out each attempt.</param>
/// <param name="settings">Pauses and limits.</param>
/// <param name="onAttention">Told of each unit attention before the command is sent again; null for nobody.</param>
internal sealed class CommandRunner(
    IScsiExecutor executor, LogicalUnitSettings settings, Func<SenseData, CancellationToken, ValueTask>? onAttention)
{
    private const int MostAttentions = 32;
    private const int MostAborts = 3;

    public IScsiExecutor Executor => executor;

    public LogicalUnitSettings Settings => settings;

    /// <summary>Runs a command to its end.</summary>
    /// <exception cref="ScsiException">The target's last answer is not good.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ScsiResult> RunAsync(string operation, ScsiRequest request, CancellationToken cancellationToken)
    {
        ScsiResult result = await executor.ExecuteAsync(request, cancellationToken).ConfigureAwait(false);
        return result.IsGood ? result : await RunAgainAsync(operation, request, result, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fetches data: the bytes that came, at most as many as there is room for.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> FetchAsync(string operation, Cdb cdb, int mostBytes, CancellationToken cancellationToken)
    {
        byte[] data = new byte[mostBytes];
        ScsiRequest request = Request(cdb, Repeat.Allowed) with { DataIn = data };
        ScsiResult result = await RunAsync(operation, request, cancellationToken).ConfigureAwait(false);
        return data.AsMemory(0, Math.Clamp(result.DataInBytes, 0, mostBytes));
    }

    /// <summary>A request with the settings' time limit.</summary>
    public ScsiRequest Request(in Cdb cdb, Repeat repeat) => new(Cdb16.From(cdb.AsSpan)) { Repeat = repeat, TimeLimit = settings.TimeLimit };

    /// <summary>Goes on from a first answer that is not simply good.</summary>
    public async ValueTask<ScsiResult> RunAgainAsync(string operation, ScsiRequest request, ScsiResult result, CancellationToken cancellationToken)
    {
        int attentions = 0;
        int aborts = 0;
        TimeSpan pause = settings.FirstPause;
        long began = settings.Time.GetTimestamp();
        while (true)
        {
            switch (RepeatRules.Judge(result, request.Repeat, out SenseData? sense))
            {
                case AnswerVerdict.Done:
                    return result;
                case AnswerVerdict.AgainAfterAttention when attentions < MostAttentions:
                    attentions++;
                    if (onAttention is not null)
                    {
                        await onAttention(sense!.Value, cancellationToken).ConfigureAwait(false);
                    }

                    break;
                case AnswerVerdict.AgainAfterAbort when aborts < MostAborts:
                    aborts++;
                    break;
                case AnswerVerdict.AgainLater when settings.Time.GetElapsedTime(began) + pause <= settings.BusyTimeLimit:
                    await Task.Delay(pause, settings.Time, cancellationToken).ConfigureAwait(false);
                    pause = pause * 2 < settings.LongestPause ? pause * 2 : settings.LongestPause;
                    break;
                default:
                    throw ScsiAdvice.Failure(settings.Name, operation, result);
            }

            try
            {
                result = await executor.ExecuteAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (CommandLostException lost) when (aborts > 0 && lost.Fate == CommandFate.NotRun)
            {
                throw Pieces.AfterPart(lost);
            }
        }
    }
}
