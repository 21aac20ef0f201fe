using System.Collections.Concurrent;
using Blockwire.Scsi;

namespace Blockwire.Initiator.Tests.Fakes;

/// <summary>Passes commands on to another executor, remembers their CDBs, and answers some of them itself.</summary>
internal sealed class ScriptedExecutor(IScsiExecutor? next = null) : IScsiExecutor
{
    private readonly ConcurrentQueue<byte[]> _seen = new();

    /// <summary>Asked first; null passes the command on.</summary>
    public Func<ScsiRequest, ValueTask<ScsiResult>?> Answer { get; set; } = static _ => null;

    /// <summary>CDBs of 16 bytes, in the order of their arrival.</summary>
    public IReadOnlyList<byte[]> Seen => [.. _seen];

    public static ScsiResult Good(int dataInBytes = 0) => new(ScsiStatus.Good, dataInBytes);

    public static ScsiResult Check(SenseData sense, bool descriptorFormat = false)
    {
        byte[] bytes = new byte[SenseData.MaxLength];
        return new ScsiResult(ScsiStatus.CheckCondition, 0) { Sense = bytes.AsMemory(0, sense.Write(bytes, descriptorFormat)) };
    }

    /// <summary>Answers the next commands with an operation code by these results, one each, and passes all others on.</summary>
    public void Next(byte operationCode, params ScsiResult[] results)
    {
        ConcurrentQueue<ScsiResult> script = new(results);
        Answer = request => request.Cdb[0] == operationCode && script.TryDequeue(out ScsiResult result) ? new(result) : null;
    }

    public void Forget() => _seen.Clear();

    public int Count(byte operationCode) => _seen.Count(cdb => cdb[0] == operationCode);

    public ValueTask<ScsiResult> ExecuteAsync(in ScsiRequest request, CancellationToken cancellationToken)
    {
        _seen.Enqueue(request.Cdb.AsSpan.ToArray());
        return Answer(request) ?? (next ?? throw new InvalidOperationException($"nobody answers {request.Cdb}")).ExecuteAsync(request, cancellationToken);
    }
}
