namespace Blockwire.Simulation.Tests;

/// <summary>How the disk works in one run.</summary>
/// <param name="MostMilliseconds">Longest usual time of a command.</param>
/// <param name="SlowPercent">How many take seconds.</param>
/// <param name="MostSlowMilliseconds">Longest time of those.</param>
/// <param name="StubbornPercent">How many go on when they are cancelled.</param>
internal sealed record DiskTempo(int MostMilliseconds, int SlowPercent, int MostSlowMilliseconds, int StubbornPercent);
