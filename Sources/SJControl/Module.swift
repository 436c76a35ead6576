// SJControl
